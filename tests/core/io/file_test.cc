#include "core/io/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using ::cae::testing::BytesOf;
using ::cae::testing::IsOk;
using ::cae::testing::IsOkAndHolds;
using ::cae::testing::PutBytes;
using ::cae::testing::StatusIs;
using ::cae::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kMany = 1 << 20;

/// While it lives, the process can make no file longer than this: a full disk for a test.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    // Otherwise the limit would be a signal that ends the process instead of an error.
    earlier_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &earlier_);
    const rlimit limit = {bytes, earlier_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &earlier_);
    ::signal(SIGXFSZ, earlier_handler_);
  }

 private:
  rlimit earlier_ = {};
  void (*earlier_handler_)(int) = nullptr;
};

/// While it lives, the process has no rights of root, for which no permission is ever missing.
class OrdinaryUser {
 public:
  OrdinaryUser() {
    if (root_) {
      EXPECT_EQ(::seteuid(65534), 0);
    }
  }
  ~OrdinaryUser() {
    if (root_) {
      EXPECT_EQ(::seteuid(0), 0);
    }
  }

 private:
  const bool root_ = ::geteuid() == 0;
};

TEST(ReadFileTest, GivesTheBytesOfAFileUpToTheLimit) {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);
  PutBytes(folder.File("f"), bytes);
  EXPECT_THAT(ReadFile(folder.File("f"), 4), IsOkAndHolds(bytes));
  EXPECT_THAT(ReadFile(folder.File("f"), 3),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr(folder.File("f")), HasSubstr("has 4 bytes"),
                             HasSubstr("limit is 3"))));
}

TEST(ReadFileTest, ReadsAnEmptyFile) {
  const TemporaryFolder folder;
  PutBytes(folder.File("f"), "");
  EXPECT_THAT(ReadFile(folder.File("f"), 0), IsOkAndHolds(std::string()));
}

TEST(ReadFileTest, ReadsAFileThatSaysItIsEmpty) {
  // What /proc says about sizes is 0, as with a file that grows while it is read.
  const absl::StatusOr<std::string> contents = ReadFile("/proc/self/status", kMany);
  ASSERT_THAT(contents, IsOk());
  EXPECT_THAT(*contents, HasSubstr("Pid:"));
  EXPECT_THAT(ReadFile("/proc/self/status", 10), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(ReadFileTest, NamesThePathAndTheReason) {
  const TemporaryFolder folder;
  EXPECT_THAT(ReadFile(folder.File("missing"), kMany),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr(folder.File("missing")), HasSubstr("No such file"))));
  EXPECT_THAT(ReadFile(folder.path(), kMany),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is a folder")));
}

TEST(ReadFileTest, RefusesAPipeWithoutWaitingForAWriter) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.File("pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadFile(folder.File("pipe"), kMany),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a regular file")));
}

TEST(ReadFileTest, SaysWhenPermissionIsMissing) {
  const TemporaryFolder folder;
  PutBytes(folder.File("f"), "secret");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(folder.File("f").c_str(), 0), 0);
  const OrdinaryUser user;
  EXPECT_THAT(ReadFile(folder.File("f"), kMany), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(ReadStreamTest, ReadsAPipeToItsEndAndLeavesItOpen) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "0123456789", 10), 10);
  ASSERT_EQ(::close(ends[1]), 0);
  EXPECT_THAT(ReadStream(ends[0], "standard input", 10), IsOkAndHolds(std::string("0123456789")));
  EXPECT_EQ(::close(ends[0]), 0);
}

TEST(ReadStreamTest, StopsAtTheLimitOfAnEndlessStream) {
  const int zeros = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(zeros, 0);
  EXPECT_THAT(ReadStream(zeros, "standard input", 100'000),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr("standard input"), HasSubstr("100000"))));
  ::close(zeros);
}

TEST(WriteFileAtomicallyTest, MakesAFileAndLeavesNothingBeside) {
  const TemporaryFolder folder;
  const std::string bytes(3 << 20, 'x');
  ASSERT_THAT(WriteFileAtomically(folder.File("f"), bytes), IsOk());
  EXPECT_EQ(BytesOf(folder.File("f")), bytes);
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
}

TEST(WriteFileAtomicallyTest, ReplacesAFileAndKeepsItsPermissions) {
  const TemporaryFolder folder;
  PutBytes(folder.File("f"), "earlier and longer");
  ASSERT_EQ(::chmod(folder.File("f").c_str(), 0640), 0);
  ASSERT_THAT(WriteFileAtomically(folder.File("f"), "new"), IsOk());
  EXPECT_EQ(BytesOf(folder.File("f")), "new");
  struct stat status = {};
  ASSERT_EQ(::stat(folder.File("f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST(WriteFileAtomicallyTest, ReaderThatHasTheEarlierFileOpenKeepsIt) {
  const TemporaryFolder folder;
  PutBytes(folder.File("f"), "earlier");
  const int reader = ::open(folder.File("f").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ASSERT_THAT(WriteFileAtomically(folder.File("f"), "new"), IsOk());
  EXPECT_THAT(ReadStream(reader, "reader", kMany), IsOkAndHolds(std::string("earlier")));
  ::close(reader);
}

TEST(WriteFileAtomicallyTest, EarlierFileStaysWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  PutBytes(folder.File("f"), "earlier");
  absl::Status status;
  {
    const FileSizeLimit full(4096);
    status = WriteFileAtomically(folder.File("f"), std::string(100'000, 'x'));
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               AllOf(HasSubstr(folder.File("f")), HasSubstr("too large"))));
  EXPECT_EQ(BytesOf(folder.File("f")), "earlier");
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
}

TEST(WriteFileAtomicallyTest, LeavesNothingWhereTheFileCannotBeReplaced) {
  const TemporaryFolder folder;
  ASSERT_TRUE(std::filesystem::create_directory(folder.File("taken")));
  EXPECT_THAT(WriteFileAtomically(folder.File("taken"), "x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(folder.File("taken"))));
  EXPECT_THAT(folder.Names(), ElementsAre("taken"));
}

TEST(WriteFileAtomicallyTest, SaysWhenTheFolderIsMissingOrClosed) {
  const TemporaryFolder folder;
  EXPECT_THAT(WriteFileAtomically(folder.File("no/f"), "x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(folder.File("no/f"))));
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  const OrdinaryUser user;
  EXPECT_THAT(WriteFileAtomically(folder.File("f"), "x"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr(folder.File("f"))));
}

TEST(WriteFileAtomicallyTest, WritesIntoTheWorkingFolder) {
  const TemporaryFolder folder;
  const std::filesystem::path earlier = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const absl::Status status = WriteFileAtomically("f", "x");
  std::filesystem::current_path(earlier);
  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(BytesOf(folder.File("f")), "x");
}

}  // namespace
}  // namespace cae
