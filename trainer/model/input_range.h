// InputRange: which numbers a model takes.
#ifndef CAE_TRAINER_MODEL_INPUT_RANGE_H_
#define CAE_TRAINER_MODEL_INPUT_RANGE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"
#include "trainer/recipe/recipe.h"

namespace cae {

/// As a model card has it: a server refuses inputs outside of it.
struct InputRange {
  double minimum = 0, maximum = 1;
};

/// INVALID_ARGUMENT where one of the rows, those of `data`, holds a number outside [0, 1]: names
/// row and number, then says `why` it may not.
absl::Status CheckUnitRange(absl::string_view data, ConstMatrixView rows, absl::string_view why);

/// That of a model by this recipe: [0, 1] where its decoder ends there. Else rows as unlike the
/// training rows as can be make sense to nobody, but somewhat larger numbers do: as far beyond the
/// smallest and the largest number of the rows, at least one, as these are apart.
InputRange InputRangeOf(const Recipe& recipe, ConstMatrixView rows);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_INPUT_RANGE_H_
