// LineProcess: a peer that runs as a child process and answers line by line.
#ifndef CAE_BENCHMARKS_TRAINING_LINE_PROCESS_H_
#define CAE_BENCHMARKS_TRAINING_LINE_PROCESS_H_

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "core/base/check.h"

namespace cae::benchmarks {

/// Owns the child: it gets end-of-file and is waited for in the destructor. Thread-compatible.
class LineProcess {
 public:
  explicit LineProcess(const std::vector<std::string>& command) {
    int to_child[2];
    int from_child[2];
    CAE_CHECK(pipe(to_child) == 0 && pipe(from_child) == 0, "no pipes");
    child_ = fork();
    CAE_CHECK(child_ >= 0, "cannot fork");
    if (child_ == 0) {
      dup2(to_child[0], STDIN_FILENO);
      dup2(from_child[1], STDOUT_FILENO);
      for (const int end : {to_child[0], to_child[1], from_child[0], from_child[1]}) close(end);
      std::vector<char*> arguments;
      for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    close(to_child[0]);
    close(from_child[1]);
    in_ = fdopen(to_child[1], "w");
    out_ = fdopen(from_child[0], "r");
  }
  ~LineProcess() {
    std::fclose(in_);
    std::fclose(out_);
    waitpid(child_, nullptr, 0);
  }
  LineProcess(const LineProcess&) = delete;
  LineProcess& operator=(const LineProcess&) = delete;

  void WriteLine(const std::string& line) {
    std::fprintf(in_, "%s\n", line.c_str());
    std::fflush(in_);
  }

  /// The next line, without its end. Stops the program if the child has ended.
  std::string ReadLine() {
    char line[4096];
    CAE_CHECK(std::fgets(line, sizeof(line), out_) != nullptr, "the peer ended without an answer");
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

 private:
  pid_t child_ = -1;
  std::FILE* in_ = nullptr;
  std::FILE* out_ = nullptr;
};

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_TRAINING_LINE_PROCESS_H_
