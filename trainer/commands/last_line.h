// LastLine: what a command of `cae-train` said last on its standard error.
#ifndef CAE_TRAINER_COMMANDS_LAST_LINE_H_
#define CAE_TRAINER_COMMANDS_LAST_LINE_H_

#include <ostream>
#include <streambuf>
#include <string>
#include <utility>

namespace cae {

/// Hands everything on and keeps the last whole line, where a command says why it failed. `out`
/// must outlive it. Thread-compatible.
class LastLine : public std::streambuf {
 public:
  explicit LastLine(std::ostream& out) : out_(out) {}
  const std::string& line() const { return line_; }

 protected:
  int overflow(int character) override {
    out_.put(static_cast<char>(character));
    if (character == '\n') {
      line_ = std::exchange(current_, {});
    } else {
      current_.push_back(static_cast<char>(character));
    }
    return character;
  }
  int sync() override {
    out_.flush();
    return 0;
  }

 private:
  std::ostream& out_;
  std::string current_, line_;
};

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_LAST_LINE_H_
