// The whole `cae-train` program, apart from main: tests run it with arguments and streams of their
// own.
#ifndef CAE_TRAINER_COMMANDS_RUN_TRAINER_H_
#define CAE_TRAINER_COMMANDS_RUN_TRAINER_H_

#include <string>
#include <vector>

#include "trainer/commands/streams.h"

namespace cae {

/// Runs `cae-train` with these arguments, the program's name not among them, and returns its exit
/// code (exit_code.h).
int RunTrainer(std::vector<std::string> arguments, Streams streams);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_RUN_TRAINER_H_
