#include "trainer/base/folder_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using testing::TemporaryFolder;

TEST(FolderLockTest, HoldsUntilItIsDestroyedWhereverItWasMoved) {
  const TemporaryFolder folder;
  auto lock = FolderLock::Take(folder.path());
  ASSERT_THAT(lock, IsOk());
  {
    const FolderLock moved = *std::move(lock);
    EXPECT_THAT(FolderLock::Take(folder.path()),
                StatusIs(absl::StatusCode::kAborted, HasSubstr(folder.path())));
    const TemporaryFolder another;
    EXPECT_THAT(FolderLock::Take(another.path()), IsOk());
  }
  EXPECT_THAT(FolderLock::Take(folder.path()), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FolderLockTest, AProcessThatIsKilledLeavesNone) {
  const TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = FolderLock::Take(folder.path());
    const char taken = lock.ok() ? 'y' : 'n';
    if (write(ready[1], &taken, 1) == 1) pause();
    _exit(0);
  }
  char taken = '?';
  ASSERT_EQ(read(ready[0], &taken, 1), 1);
  EXPECT_EQ(taken, 'y');
  EXPECT_THAT(FolderLock::Take(folder.path()), StatusIs(absl::StatusCode::kAborted));
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_THAT(FolderLock::Take(folder.path()), IsOk());
  close(ready[0]);
  close(ready[1]);
}

TEST(FolderLockTest, NamesTheFolderThatIsNotThere) {
  const TemporaryFolder folder;
  EXPECT_THAT(FolderLock::Take(folder.File("none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/none")));
}

}  // namespace
}  // namespace cae
