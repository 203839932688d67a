// ServerProcess: a program that runs, with its output and its end.
#ifndef CAE_TESTS_TESTING_SERVER_PROCESS_H_
#define CAE_TESTS_TESTING_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cae::testing {

/// cae-server from the folder of CAE_BIN, or the folder of the test program itself. Killed when it
/// is destroyed before it ended. Thread-compatible.
class ServerProcess {
 public:
  /// Starts it, or the program of that path. Its standard output can be read with ReadLine;
  /// standard error is kept in a file.
  explicit ServerProcess(const std::vector<std::string>& arguments,
                         const std::string& program = ProgramPath());
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// The next line of standard output without its line feed; "" at the end, or after `timeout`.
  std::string ReadLine(absl::Duration timeout = absl::Seconds(60));
  /// The rest of standard output.
  std::string ReadAll();

  void Signal(int signal);
  /// Waits for the end: the exit code, −signal where a signal ended it, or nothing good (-1000)
  /// after `timeout`.
  int Wait(absl::Duration timeout = absl::Seconds(60));

  /// What it has written to standard error so far.
  std::string Log() const;

 private:
  static std::string ProgramPath();
  bool ReadMore(absl::Time deadline);

  pid_t pid_ = -1;
  int output_ = -1;  ///< our end of its standard output
  std::string read_;
  std::string log_path_;
  int exit_code_ = kRunning;
  static constexpr int kRunning = -1000;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_SERVER_PROCESS_H_
