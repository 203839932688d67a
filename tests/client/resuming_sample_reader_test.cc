#include "client/resuming_sample_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "proto/codec/tensor_codec.h"
#include "tests/client/fake_retry_environment.h"
#include "tests/client/mock_stub.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using testing::FakeRetryEnvironment;
using ::testing::HasSubstr;
using testing::MockStub;
using testing::ScriptedReader;
using testing::StatusIs;
using ::testing::StrictMock;

v1::SampleResponse Header(const char* digest = "d1") {
  v1::SampleResponse response;
  v1::SampleHeader& header = *response.mutable_header();
  header.mutable_model()->set_name("m");
  header.mutable_model()->set_version(3);
  header.mutable_model()->set_digest(digest);
  header.set_seed(42);
  header.set_chains(2);
  return response;
}

/// Draws [first, first + count) of two chains of one unit: draw t of chain c is 10 t + c. A code is
/// the draw plus 0.5.
v1::SampleResponse Draws(int first, int count, bool codes = false) {
  v1::SampleResponse response;
  response.set_first_draw(first);
  std::vector<float> samples;
  for (int t = first; t < first + count; ++t) {
    for (int c = 0; c < 2; ++c) samples.push_back(static_cast<float>(10 * t + c));
  }
  EXPECT_TRUE(EncodeTensor(samples, {count, 2, 1}, {}, "samples", response.mutable_samples()).ok());
  if (codes) {
    for (float& value : samples) value += 0.5f;
    EXPECT_TRUE(EncodeTensor(samples, {count, 2, 1}, {}, "codes", response.mutable_codes()).ok());
  }
  return response;
}

v1::SampleResponse WithState(v1::SampleResponse response, int draws_done) {
  response.mutable_state()->set_draws_done(draws_done);
  response.mutable_state()->mutable_model()->set_name("m");
  return response;
}

class ResumingSampleReaderTest : public ::testing::Test {
 protected:
  /// The next stream of the server, and what it expects to be asked.
  template <typename Matcher>
  void ExpectStream(const Matcher& request, std::vector<v1::SampleResponse> messages,
                    absl::Status end) {
    EXPECT_CALL(*stub_, Sample(_, request))
        .InSequence(sequence_)
        .WillOnce([messages, end](const CallOptions&, const v1::SampleRequest&) {
          return std::make_unique<ScriptedReader>(messages, end);
        });
  }

  ResumingSampleReader Reader(v1::SampleRequest request, int attempts = 5) {
    return ResumingSampleReader(stub_, std::move(request), absl::InfiniteFuture(),
                                {.max_attempts = attempts}, environment_);
  }

  /// Everything that the reader delivers, and how it ends.
  absl::Status ReadAll(ResumingSampleReader& reader) {
    for (;;) {
      const auto response = reader.Read();
      if (!response.ok()) return response.status();
      if (!response->has_value()) return absl::OkStatus();
      headers_ += (*response)->has_header();
      if (!(*response)->has_samples()) continue;
      first_draws_.push_back((*response)->first_draw());
      const Matrix samples = DecodeTensor((*response)->samples());
      samples_.insert(samples_.end(), samples.data(), samples.data() + samples.size());
      if ((*response)->has_codes()) codes_ += DecodeTensor((*response)->codes()).size();
    }
  }

  std::shared_ptr<StrictMock<MockStub>> stub_ = std::make_shared<StrictMock<MockStub>>();
  std::shared_ptr<FakeRetryEnvironment> environment_ = std::make_shared<FakeRetryEnvironment>();
  ::testing::Sequence sequence_;
  int headers_ = 0;
  Index codes_ = 0;
  std::vector<float> samples_;
  std::vector<std::int64_t> first_draws_;  ///< of each message with samples
};

v1::SampleRequest Request(int draws) {
  v1::SampleRequest request;
  request.mutable_model()->set_name("m");
  request.set_chains(2);
  request.set_draws(draws);
  request.set_burn_in(7);
  request.set_noise_stddev(0.5);
  return request;
}

MATCHER_P2(ResumesFrom, draws_done, draws, "") {
  return arg.resume_from().draws_done() == draws_done && arg.draws() == draws &&
         arg.model().version() == 3 && arg.chains() == 0 && arg.burn_in() == 0 &&
         !arg.has_noise_stddev() && !arg.has_seed();
}
MATCHER_P(StartsWithSeed, seed, "") {
  return !arg.has_resume_from() && arg.seed() == static_cast<std::uint64_t>(seed) &&
         arg.model().version() == 3 && arg.burn_in() == 7;
}

TEST_F(ResumingSampleReaderTest, PassesAnUnbrokenStreamOn) {
  ExpectStream(_, {Header(), Draws(0, 1), Draws(1, 1)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(2));
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(samples_, ElementsAre(0, 1, 10, 11));
  EXPECT_EQ(headers_, 1);
  EXPECT_FALSE(reader.Read()->has_value());
}

TEST_F(ResumingSampleReaderTest, GoesOnFromTheLastState) {
  ExpectStream(_, {Header(), WithState(Draws(0, 2), 2)}, absl::UnavailableError("draining"));
  ExpectStream(ResumesFrom(2, 2), {Header(), Draws(2, 2)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(4));
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(samples_, ElementsAre(0, 1, 10, 11, 20, 21, 30, 31));
  EXPECT_EQ(headers_, 1);
}

TEST_F(ResumingSampleReaderTest, DropsDrawsThatCameBefore) {
  ExpectStream(_, {Header(), WithState(Draws(0, 1), 1), Draws(1, 2, true)},
               absl::UnavailableError("cut"));
  ExpectStream(ResumesFrom(1, 4), {Header(), Draws(1, 1, true), Draws(2, 3, true)},
               absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(5));
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(samples_, ElementsAre(0, 1, 10, 11, 20, 21, 30, 31, 40, 41));
  EXPECT_EQ(codes_, 8);
}

TEST_F(ResumingSampleReaderTest, StartsAnewWithTheToldSeedWhereNoStateCame) {
  ExpectStream(_, {Header(), Draws(0, 1)}, absl::UnavailableError("cut"));
  ExpectStream(StartsWithSeed(42), {Header(), Draws(0, 3)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(3));
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(samples_, ElementsAre(0, 1, 10, 11, 20, 21));
  EXPECT_THAT(first_draws_, ElementsAre(0, 1));
}

TEST_F(ResumingSampleReaderTest, AsksTheSameAgainWhereNothingCame) {
  ExpectStream(_, {}, absl::UnavailableError("no connection"));
  ExpectStream(_, {Header(), Draws(0, 1)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(1));
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(samples_, ElementsAre(0, 1));
}

TEST_F(ResumingSampleReaderTest, EndsWellWhenTheBreakComesAfterTheLastDraw) {
  ExpectStream(_, {Header(), Draws(0, 2)}, absl::UnavailableError("draining"));
  ResumingSampleReader reader = Reader(Request(2));
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(samples_, ElementsAre(0, 1, 10, 11));
}

TEST_F(ResumingSampleReaderTest, RefusesAServerWithAnotherModelFile) {
  ExpectStream(_, {Header("d1"), WithState(Draws(0, 1), 1)}, absl::UnavailableError("draining"));
  ExpectStream(_, {Header("d2"), Draws(1, 1)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(2));
  EXPECT_THAT(ReadAll(reader), StatusIs(absl::StatusCode::kAborted, HasSubstr("digest")));
  EXPECT_THAT(reader.Read(), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(ResumingSampleReaderTest, DoesNotGoOnAfterAnErrorOfItsOwnMaking) {
  ExpectStream(_, {Header(), WithState(Draws(0, 1), 1)}, absl::InvalidArgumentError("bad"));
  ResumingSampleReader reader = Reader(Request(2));
  EXPECT_THAT(ReadAll(reader), StatusIs(absl::StatusCode::kInvalidArgument, "bad"));
}

TEST_F(ResumingSampleReaderTest, GivesUpAfterBreaksWithoutProgress) {
  ExpectStream(_, {Header(), WithState(Draws(0, 1), 1)}, absl::UnavailableError("cut"));
  for (int i = 0; i < 2; ++i) ExpectStream(_, {}, absl::UnavailableError("cut"));
  ResumingSampleReader reader = Reader(Request(2), 3);
  EXPECT_THAT(ReadAll(reader),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("after 3 attempts")));
  EXPECT_EQ(environment_->sleeps.size(), 2);
}

TEST_F(ResumingSampleReaderTest, CountsBreaksAnewAfterEachDraw) {
  for (int draw = 0; draw < 3; ++draw) {
    ExpectStream(_, {Header(), WithState(Draws(draw, 1), draw + 1)}, absl::UnavailableError("cut"));
  }
  ExpectStream(ResumesFrom(3, 1), {Header(), Draws(3, 1)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(4), 2);
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(first_draws_, ElementsAre(0, 1, 2, 3));
}

TEST_F(ResumingSampleReaderTest, CountsBreaksAnewAfterEachStepOfABurnIn) {
  for (int step = 1; step <= 3; ++step) {
    v1::SampleResponse message = Header();
    message.mutable_state()->set_step(step);
    ExpectStream(_, {message}, absl::UnavailableError("draining"));
  }
  ExpectStream(_, {Header(), Draws(0, 1)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(1), 2);
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(first_draws_, ElementsAre(0));
}

TEST_F(ResumingSampleReaderTest, RefusesAGapBetweenDraws) {
  ExpectStream(_, {Header(), Draws(0, 1), Draws(2, 1)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(Request(3));
  EXPECT_THAT(ReadAll(reader), StatusIs(absl::StatusCode::kInternal, HasSubstr("draw 1")));
}

TEST_F(ResumingSampleReaderTest, CancelEndsItWithoutAnotherAttempt) {
  ExpectStream(_, {Header(), Draws(0, 1)}, absl::UnavailableError("cut"));
  ResumingSampleReader reader = Reader(Request(9));
  ASSERT_TRUE(reader.Read().ok());
  reader.Cancel();
  EXPECT_THAT(ReadAll(reader), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(ResumingSampleReaderTest, CountsDrawsOfAResumedRequestFromItsState) {
  v1::SampleRequest request;
  request.mutable_model()->set_name("m");
  request.set_draws(2);
  request.mutable_resume_from()->set_draws_done(5);
  ExpectStream(_, {Header(), WithState(Draws(5, 1), 6)}, absl::UnavailableError("draining"));
  ExpectStream(ResumesFrom(6, 1), {Header(), Draws(6, 1)}, absl::OkStatus());
  ResumingSampleReader reader = Reader(request);
  EXPECT_TRUE(ReadAll(reader).ok());
  EXPECT_THAT(samples_, ElementsAre(50, 51, 60, 61));
}

}  // namespace
}  // namespace cae
