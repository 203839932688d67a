// The `cae-train` program: makes models. Everything is in trainer/commands.
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "trainer/commands/run_trainer.h"

int main(int argc, char** argv) {
  return cae::RunTrainer(
      std::vector<std::string>(argv + 1, argv + argc),
      {.out = std::cout, .err = std::cerr, .err_is_terminal = isatty(STDERR_FILENO) != 0});
}
