// The `cae` program: asks a cae-server. Everything is in client/commands.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "client/commands/command_line.h"

int main(int argc, char** argv) {
  // What gRPC would log, the failure says in one line.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return cae::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc),
                             {.input = STDIN_FILENO,
                              .out = std::cout,
                              .err = std::cerr,
                              .err_is_terminal = isatty(STDERR_FILENO) != 0});
}
