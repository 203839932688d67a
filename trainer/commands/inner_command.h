// RunInnerCommand: a command of `cae-train` that is a step of another one.
#ifndef CAE_TRAINER_COMMANDS_INNER_COMMAND_H_
#define CAE_TRAINER_COMMANDS_INNER_COMMAND_H_

#include <string>
#include <vector>

#include "trainer/commands/streams.h"

namespace cae {

struct InnerResult {
  int exit_code = 0;
  std::string out;       ///< its standard output
  std::string reason;    ///< why it failed, in all its lines; else what it said last
  bool stopped = false;  ///< a signal came while it ran, even if it came to its end: nothing is to
                         ///< follow
};

/// Runs `cae-train` with these words; its standard error goes on to that of `streams`.
InnerResult RunInnerCommand(const std::vector<std::string>& words, Streams& streams);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_INNER_COMMAND_H_
