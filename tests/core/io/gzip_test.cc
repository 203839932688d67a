#include "core/io/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

// printf digits | gzip -n
const std::string kDigits(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\xc9\x4c\xcf\x2c\x29\x06\x00\xb2\x5a\x2d\xd5\x06"
    "\x00\x00\x00",
    26);
constexpr std::int64_t kLimit = 1 << 20;

TEST(GzipTest, KnowsItsMagic) {
  EXPECT_TRUE(IsGzip(kDigits));
  EXPECT_FALSE(IsGzip("\x1f"));
  EXPECT_FALSE(IsGzip("PK"));
}

TEST(GzipTest, UnpacksAFile) { EXPECT_THAT(Gunzip(kDigits, kLimit), IsOkAndHolds("digits")); }

TEST(GzipTest, UnpacksAllMembers) {
  EXPECT_THAT(Gunzip(kDigits + kDigits, kLimit), IsOkAndHolds("digitsdigits"));
}

TEST(GzipTest, RefusesEveryTruncation) {
  for (std::size_t length = 0; length < kDigits.size(); ++length) {
    EXPECT_THAT(Gunzip(kDigits.substr(0, length), kLimit),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << length;
  }
}

TEST(GzipTest, ComparesTheChecksum) {
  std::string bytes = kDigits;
  bytes[18] ^= 1;
  EXPECT_THAT(Gunzip(bytes, kLimit), StatusIs(absl::StatusCode::kInvalidArgument,
                                              HasSubstr("damaged: incorrect data check")));
}

TEST(GzipTest, RefusesBytesAfterTheEnd) {
  EXPECT_THAT(Gunzip(kDigits + "x", kLimit),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("after its last member")));
}

TEST(GzipTest, StopsAtTheLimit) {
  EXPECT_THAT(Gunzip(kDigits, 6), IsOkAndHolds("digits"));
  EXPECT_THAT(Gunzip(kDigits, 5),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("more than the 5 bytes")));
}

}  // namespace
}  // namespace cae
