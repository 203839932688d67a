// The whole `cae` program, apart from main: tests run it with arguments and streams of their own.
#ifndef CAE_CLIENT_COMMANDS_COMMAND_LINE_H_
#define CAE_CLIENT_COMMANDS_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "client/commands/streams.h"

namespace cae {

/// Runs `cae` with these arguments, the program's name not among them, and returns its exit code
/// (failure.h). Reads the environment variables CAE_SERVER and CAE_TOKEN_FILE.
int RunCommandLine(std::vector<std::string> arguments, Streams streams);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_COMMAND_LINE_H_
