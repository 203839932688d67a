// RaisingBuffer: stops a program, or kills it, at a place of its progress.
#ifndef CAE_TESTS_TRAINER_COMMANDS_RAISING_BUFFER_H_
#define CAE_TESTS_TRAINER_COMMANDS_RAISING_BUFFER_H_

#include <csignal>
#include <streambuf>
#include <string>

namespace cae::testing {

/// A stream that raises a signal with the n-th line written to it.
class RaisingBuffer : public std::streambuf {
 public:
  RaisingBuffer(int signal, int line) : signal_(signal), lines_left_(line) {}
  const std::string& text() const { return text_; }

 protected:
  // Without a buffer of its own every character comes here.
  int overflow(int character) override {
    text_.push_back(static_cast<char>(character));
    if (character == '\n' && --lines_left_ == 0) std::raise(signal_);
    return character;
  }

 private:
  const int signal_;
  int lines_left_;
  std::string text_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_TRAINER_COMMANDS_RAISING_BUFFER_H_
