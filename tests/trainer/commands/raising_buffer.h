// RaisingBuffer: stops a program, or kills it, at a place of its progress.
#ifndef CAE_TESTS_TRAINER_COMMANDS_RAISING_BUFFER_H_
#define CAE_TESTS_TRAINER_COMMANDS_RAISING_BUFFER_H_

#include <csignal>
#include <streambuf>
#include <string>
#include <utility>

namespace cae::testing {

/// A stream that raises a signal with the n-th line written to it.
class RaisingBuffer : public std::streambuf {
 public:
  RaisingBuffer(int signal, int line) : signal_(signal), lines_left_(line) {}
  /// With the first line that begins so.
  RaisingBuffer(int signal, std::string beginning)
      : signal_(signal), lines_left_(0), beginning_(std::move(beginning)) {}
  const std::string& text() const { return text_; }

 protected:
  // Without a buffer of its own every character comes here.
  int overflow(int character) override {
    text_.push_back(static_cast<char>(character));
    if (character != '\n') return character;
    const bool begins_so =
        !beginning_.empty() && text_.compare(line_, beginning_.size(), beginning_) == 0;
    line_ = text_.size();
    if (begins_so) beginning_.clear();
    if (--lines_left_ == 0 || begins_so) std::raise(signal_);
    return character;
  }

 private:
  const int signal_;
  int lines_left_;
  std::string beginning_;
  std::string text_;
  std::size_t line_ = 0;  // where the present one begins
};

}  // namespace cae::testing

#endif  // CAE_TESTS_TRAINER_COMMANDS_RAISING_BUFFER_H_
