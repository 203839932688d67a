// NumberRange: the numbers that an option takes.
#ifndef CAE_TRAINER_COMMANDS_NUMBER_RANGE_H_
#define CAE_TRAINER_COMMANDS_NUMBER_RANGE_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/strings/str_cat.h"

namespace cae {

/// As CLI::Range, which lets "nan" pass: no comparison with it is true.
inline CLI::Validator NumberRange(double low, double high) {
  const std::string range = absl::StrCat("[", low, " - ", high, "]");
  return CLI::Validator(
      [low, high, range](const std::string& text) {
        double number = 0;
        const bool fits =
            CLI::detail::lexical_cast(text, number) && number >= low && number <= high;
        return fits ? std::string() : absl::StrCat("value ", text, " not in range ", range);
      },
      absl::StrCat("FLOAT in ", range));
}

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_NUMBER_RANGE_H_
