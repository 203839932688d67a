#include "core/io/errno_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ErrnoStatusTest, GivesCodesThatACallerCanActOn) {
  EXPECT_THAT(ErrnoStatus(ENOENT, "w"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ErrnoStatus(ENOTDIR, "w"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ErrnoStatus(EACCES, "w"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(ErrnoStatus(EROFS, "w"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(ErrnoStatus(ENOSPC, "w"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrnoStatus(EDQUOT, "w"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrnoStatus(EMFILE, "w"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrnoStatus(EIO, "w"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ErrnoStatus(ENAMETOOLONG, "w"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ErrnoStatusTest, SaysWhatWasDoneAndWhyItFailed) {
  EXPECT_THAT(ErrnoStatus(ENOSPC, "cannot write 'f'"),
              StatusIs(absl::StatusCode::kResourceExhausted, StartsWith("cannot write 'f': ")));
  EXPECT_THAT(ErrnoStatus(ENOSPC, ""), StatusIs(::testing::_, HasSubstr("No space left")));
}

}  // namespace
}  // namespace cae
