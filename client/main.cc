// The `cae` program: asks a cae-server. Everything is in client/commands.
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "client/commands/command_line.h"

int main(int argc, char** argv) {
  return cae::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc),
                             {.input = STDIN_FILENO,
                              .out = std::cout,
                              .err = std::cerr,
                              .err_is_terminal = isatty(STDERR_FILENO) != 0});
}
