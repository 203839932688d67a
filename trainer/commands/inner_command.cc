#include "trainer/commands/inner_command.h"

#include <ostream>
#include <sstream>
#include <streambuf>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "trainer/commands/run_trainer.h"
#include "trainer/training/interrupt.h"

namespace cae {
namespace {

constexpr char kFailure[] = "cae-train: ";  // begins what RunTrainer says of an error

// Hands everything on and keeps the last line, or all lines from the last that begins an error.
class ReasonBuffer : public std::streambuf {
 public:
  explicit ReasonBuffer(std::ostream& out) : out_(out) {}
  std::string reason() const { return std::string(absl::StripPrefix(reason_, kFailure)); }

 protected:
  int overflow(int character) override {
    out_.put(static_cast<char>(character));
    if (character != '\n') {
      line_.push_back(static_cast<char>(character));
      return character;
    }
    const bool goes_on = absl::StartsWith(reason_, kFailure) && !absl::StartsWith(line_, kFailure);
    reason_ = goes_on ? absl::StrCat(reason_, "\n", line_) : line_;
    line_.clear();
    return character;
  }
  int sync() override {
    out_.flush();
    return 0;
  }

 private:
  std::ostream& out_;
  std::string line_, reason_;
};

}  // namespace

InnerResult RunInnerCommand(const std::vector<std::string>& words, Streams& streams) {
  std::ostringstream out;
  ReasonBuffer buffer(streams.err);
  std::ostream err(&buffer);
  InterruptGuard::Forget();
  InnerResult result;
  result.exit_code = RunTrainer(words, {out, err, streams.err_is_terminal});
  result.out = out.str();
  result.reason = buffer.reason();
  result.stopped = InterruptGuard::signal() != 0;
  return result;
}

}  // namespace cae
