#include "client/record_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr RecordFileKind kKind = RecordFileKind::kSampleStream;

std::string TwoRecords() {
  return RecordFileHeader(kKind) + FrameRecord("first") + FrameRecord("second") + RecordFileEnd();
}

/// How reading ends: OK at the end mark.
absl::Status ReadAll(const std::string& bytes) {
  absl::StatusOr<RecordFileReader> reader = RecordFileReader::Open(bytes, kKind);
  if (!reader.ok()) return reader.status();
  for (;;) {
    const auto payload = reader->Next();
    if (!payload.ok()) return payload.status();
    if (!payload->has_value()) return absl::OkStatus();
  }
}

TEST(RecordFileTest, ReadsWhatItWrites) {
  const std::string bytes = TwoRecords();
  EXPECT_TRUE(IsRecordFile(bytes));
  auto reader = RecordFileReader::Open(bytes, kKind);
  ASSERT_THAT(reader, IsOk());
  EXPECT_EQ(reader->Next().value(), "first");
  EXPECT_EQ(reader->offset(), 16);
  EXPECT_EQ(reader->Next().value(), "second");
  EXPECT_EQ(reader->number(), 1);
  EXPECT_EQ(reader->offset(), 16 + 8 + 5);
  EXPECT_FALSE(reader->Next()->has_value());
  EXPECT_FALSE(reader->Next()->has_value());
}

TEST(RecordFileTest, HasTheBytesThatThePageTells) {
  EXPECT_EQ(RecordFileHeader(kKind) + FrameRecord("a") + RecordFileEnd(),
            std::string("\x89"
                        "CAE\r\n\x1a\nSTRM\x01\0\0\0"
                        "\x01\0\0\0\x43\xbe\xb7\xe8"
                        "a\0\0\0\0\0\0\0\0",
                        33));
}

TEST(RecordFileTest, NamesTheOffsetOfEveryTruncation) {
  const std::string bytes = TwoRecords();
  for (std::size_t length = 16; length < bytes.size(); ++length) {
    const std::size_t at = length < 29 ? 16 : length < 43 ? 29 : 43;
    EXPECT_THAT(ReadAll(bytes.substr(0, length)),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(absl::StrCat("at byte ", at))))
        << length;
  }
}

TEST(RecordFileTest, NoticesEveryFlippedBit) {
  const std::string bytes = TwoRecords();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_FALSE(ReadAll(damaged).ok()) << "bit " << bit << " of byte " << i;
    }
  }
}

TEST(RecordFileTest, RefusesBytesAfterTheEnd) {
  EXPECT_THAT(ReadAll(TwoRecords() + "x"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("1 bytes follow the end mark")));
}

TEST(RecordFileTest, TellsKindsAndVersionsApart) {
  EXPECT_THAT(ReadAll(RecordFileHeader(RecordFileKind::kSampleState)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("not a recorded sample stream: it is a saved chain state")));
  std::string later = TwoRecords();
  later[12] = 2;
  EXPECT_THAT(ReadAll(later), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("version 2")));
  EXPECT_THAT(ReadAll("text"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(IsRecordFile(""));
}

}  // namespace
}  // namespace cae
