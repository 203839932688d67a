// Checks of numbers on the command line whose complaints people can read.
#ifndef CAE_CLIENT_COMMANDS_NUMBER_CHECK_H_
#define CAE_CLIENT_COMMANDS_NUMBER_CHECK_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace cae {

/// Takes numbers from `minimum` up. CLI11's own PositiveNumber prints the largest double in full.
inline CLI::Validator AtLeast(int minimum) {
  return CLI::Validator(
      [minimum](const std::string& text) {
        double value = 0;
        if (absl::SimpleAtod(text, &value) && value >= minimum) return std::string();
        return absl::StrCat("'", text, "' is no number from ", minimum, " up");
      },
      "", "AtLeast");
}

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_NUMBER_CHECK_H_
