#include "tests/testing/server_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/check.h"
#include "tests/testing/temp_repository.h"

extern char** environ;

namespace cae::testing {
namespace {

int MillisecondsUntil(absl::Time deadline) {
  return static_cast<int>(
      std::max<std::int64_t>(0, absl::ToInt64Milliseconds(deadline - absl::Now())));
}

}  // namespace

std::string ServerProcess::ProgramPath() {
  const char* folder = std::getenv("CAE_BIN");
  if (folder != nullptr) return absl::StrCat(folder, "/cae-server");
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "cae-server").string();
}

ServerProcess::ServerProcess(const std::vector<std::string>& arguments,
                             const std::string& program) {
  log_path_ = absl::StrCat(::testing::TempDir(), "/server_log_XXXXXX");
  const int log = mkstemp(log_path_.data());
  int ends[2];
  CAE_CHECK(log >= 0 && pipe2(ends, O_CLOEXEC) == 0, "no log file or no pipe");
  output_ = ends[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), program);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int error = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  CAE_CHECK(error == 0, absl::StrCat("cannot start ", program));
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  close(log);
}

ServerProcess::~ServerProcess() {
  if (exit_code_ == kRunning) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(output_);
  unlink(log_path_.c_str());
}

bool ServerProcess::ReadMore(absl::Time deadline) {
  pollfd ready{output_, POLLIN, 0};
  if (poll(&ready, 1, MillisecondsUntil(deadline)) <= 0) return false;
  char buffer[4096];
  const ssize_t count = read(output_, buffer, sizeof(buffer));
  if (count <= 0) return false;
  read_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::string ServerProcess::ReadLine(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  std::size_t end = read_.find('\n');
  while (end == std::string::npos) {
    if (!ReadMore(deadline)) return "";
    end = read_.find('\n');
  }
  const std::string line = read_.substr(0, end);
  read_.erase(0, end + 1);
  return line;
}

std::string ServerProcess::ReadAll() {
  while (ReadMore(absl::Now() + absl::Seconds(60))) {
  }
  return std::exchange(read_, "");
}

void ServerProcess::Signal(int signal) { kill(pid_, signal); }

int ServerProcess::Wait(absl::Duration timeout) {
  if (exit_code_ != kRunning) return exit_code_;
  // A descriptor of the process can be waited for with a time limit, the process itself cannot.
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  CAE_CHECK(descriptor >= 0, "pidfd_open");
  pollfd ended{descriptor, POLLIN, 0};
  const int count = poll(&ended, 1, MillisecondsUntil(absl::Now() + timeout));
  close(descriptor);
  if (count <= 0) return kRunning;
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return exit_code_;
}

std::string ServerProcess::Log() const { return FileContents(log_path_); }

}  // namespace cae::testing
