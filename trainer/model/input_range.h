// InputRange: which numbers a model takes.
#ifndef CAE_TRAINER_MODEL_INPUT_RANGE_H_
#define CAE_TRAINER_MODEL_INPUT_RANGE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"
#include "trainer/data/data_set.h"
#include "trainer/model/data_split.h"
#include "trainer/recipe/recipe.h"

namespace cae {

/// As a model card has it: a server refuses inputs outside of it.
struct InputRange {
  double minimum = 0, maximum = 1;
};

/// INVALID_ARGUMENT where a row for training, validation or the test holds a number outside the
/// range: names row and number, then says `why` it may not.
absl::Status CheckRange(const DataSet& data, const DataSplit& split, const InputRange& range,
                        absl::string_view why);

/// That of a model by this recipe, trained on these rows, one or more: [0, 1] where its decoder
/// ends there. Else as far beyond the smallest and the largest of their numbers as these are apart,
/// or as 1 where all are the same: numbers a little larger than those known are no mistake.
InputRange InputRangeOf(const Recipe& recipe, ConstMatrixView rows);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_INPUT_RANGE_H_
