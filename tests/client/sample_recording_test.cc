#include "client/sample_recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "client/record_file.h"
#include "client/sample_stream.h"
#include "core/base/check.h"
#include "core/io/file.h"
#include "tests/client/fake_answers.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using testing::FakeCard;
using testing::FakeSamples;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

v1::SampleRequest Request() {
  v1::SampleRequest request;
  request.mutable_model()->set_name("fake");
  request.set_chains(2);
  request.set_draws(3);
  request.set_include_codes(true);
  return request;
}

/// The card as it was when the golden file was written: fields that were added since are left out.
v1::Model GoldenCard() {
  v1::Model card = FakeCard();
  card.clear_precision();
  return card;
}

using Change = std::function<void(std::deque<v1::SampleResponse>&)>;

/// A recording of the fake's stream: a header, then three draws. `change` may spoil it first.
std::string Recorded(const Change& change = [](auto&) {}) {
  std::deque<v1::SampleResponse> responses = FakeSamples(Request(), 3);
  change(responses);
  std::string bytes = RecordFileHeader(RecordFileKind::kSampleStream) +
                      FrameRecord(GoldenCard().SerializeAsString()) +
                      FrameRecord(Request().SerializeAsString());
  for (const v1::SampleResponse& response : responses) {
    bytes += FrameRecord(response.SerializeAsString());
  }
  return bytes + RecordFileEnd();
}

TEST(SampleRecordingTest, TheRecorderWritesTheFileAsItGrows) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.File("recording.caes");
  auto recorder = SampleRecorder::Create(path, GoldenCard(), Request());
  ASSERT_THAT(recorder, IsOk());
  for (const v1::SampleResponse& response : FakeSamples(Request(), 3)) {
    ASSERT_THAT(recorder->Append(response), IsOk());
  }
  const std::string complete = Recorded();
  const std::string unfinished = complete.substr(0, complete.size() - RecordFileEnd().size());
  EXPECT_EQ(ReadFile(path, 1 << 20).value(), unfinished);
  ASSERT_THAT(recorder->Finish(), IsOk());
  EXPECT_EQ(ReadFile(path, 1 << 20).value(), complete);
}

TEST(SampleRecordingTest, PlaysWhatWasRecorded) {
  const std::string bytes = Recorded();
  const auto recording = SampleRecording::Open(bytes);
  ASSERT_THAT(recording, IsOk());
  EXPECT_EQ(recording->card().name(), "fake");
  EXPECT_EQ(recording->request().draws(), 3);
  EXPECT_EQ(recording->header().seed(), 42);
  EXPECT_EQ(recording->extent().draws, 3);
  EXPECT_THAT(recording->extent().damage, IsOk());
  SampleStream stream(recording->Play());
  Index draws = 0;
  for (;;) {
    const auto batch = stream.Next();
    ASSERT_THAT(batch, IsOk());
    if (!batch->has_value()) break;
    if ((*batch)->draws == 0) continue;
    EXPECT_EQ((*batch)->samples(1, 0), static_cast<float>(100 + draws) / 1000);
    ++draws;
  }
  EXPECT_EQ(draws, 3);
}

TEST(SampleRecordingTest, TheReplayRequestSaysAllThatTheServerChose) {
  const std::string bytes = Recorded();
  const v1::SampleRequest request = SampleRecording::Open(bytes)->ReplayRequest();
  EXPECT_EQ(request.model().version(), 3);
  EXPECT_EQ(request.seed(), 42);
  EXPECT_EQ(request.noise_stddev(), 0.5);
  EXPECT_TRUE(request.has_rank());
  EXPECT_EQ(request.process(), v1::SAMPLE_PROCESS_COMPOSED);
  EXPECT_EQ(request.chains(), 2);
  EXPECT_EQ(request.thinning(), 1);
  EXPECT_EQ(request.draws(), 3);
  EXPECT_TRUE(request.include_codes());
}

TEST(SampleRecordingTest, EveryTruncationKeepsTheWholeDrawsBeforeIt) {
  const std::string bytes = Recorded();
  std::int64_t most = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const absl::string_view cut = absl::string_view(bytes).substr(0, length);
    const auto recording = SampleRecording::Open(cut);
    if (!recording.ok()) {
      EXPECT_EQ(most, 0);
      continue;
    }
    EXPECT_THAT(recording->extent().damage,
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("at byte ")));
    EXPECT_GE(recording->extent().draws, most);
    most = recording->extent().draws;
  }
  EXPECT_EQ(most, 3);
}

TEST(SampleRecordingTest, RefusesWhatNoServerSends) {
  struct Case {
    std::string words;
    std::int64_t draws;
    Change change;
  };
  const std::vector<Case> cases = {
      {"has a second header", 1, [](auto& r) { *r[2].mutable_header() = r[0].header(); }},
      {"begins with draw 7 where draw 1 should come", 1, [](auto& r) { r[2].set_first_draw(7); }},
      {"contradicts itself", 2,
       [](auto& r) { r[3].mutable_samples()->mutable_data()->pop_back(); }},
      {"samples of another shape", 1,
       [](auto& r) {
         *r[2].mutable_samples() = testing::FakeTensor(Matrix::Zero(2, 3), {1, 2, 3});
       }},
      {"samples of another shape", 0,
       [](auto& r) {
         *r[1].mutable_samples() = testing::FakeTensor(Matrix::Zero(3, 4), {1, 3, 4});
       }},
      {"not as many codes", 0,
       [](auto& r) {
         *r[1].mutable_codes() = testing::FakeTensor(Matrix::Zero(4, 3), {2, 2, 3});
       }},
      {"codes without samples", 1, [](auto& r) { r[2].clear_samples(); }},
      {"codes where others have none", 1, [](auto& r) { r[2].clear_codes(); }},
      {"has 2 of 3 draws", 2, [](auto& r) { r.pop_back(); }}};
  for (const Case& one : cases) {
    const std::string bytes = Recorded(one.change);
    const auto recording = SampleRecording::Open(bytes);
    ASSERT_THAT(recording, IsOk()) << one.words;
    EXPECT_THAT(recording->extent().damage,
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(one.words)));
    EXPECT_EQ(recording->extent().draws, one.draws) << one.words;
  }
}

TEST(SampleRecordingTest, WithoutAHeaderThereIsNothing) {
  const std::string late = Recorded([](auto& r) { r.pop_front(); });
  EXPECT_THAT(SampleRecording::Open(late),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("comes before the header")));
  const std::string none = Recorded([](auto& r) { r.clear(); });
  EXPECT_THAT(SampleRecording::Open(none),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("has no header")));
}

TEST(SampleRecordingTest, ReadsTheGoldenFile) {
  const auto bytes = ReadFile("tests/client/testdata/recording_v1.caes", 1 << 20);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(*bytes, Recorded()) << "format version 1 changed: files that people have";
}

}  // namespace
}  // namespace cae
