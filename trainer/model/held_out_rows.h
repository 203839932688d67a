// Rows at the end of the training set that a file's model has not been trained on, by its own word.
#ifndef CAE_TRAINER_MODEL_HELD_OUT_ROWS_H_
#define CAE_TRAINER_MODEL_HELD_OUT_ROWS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "core/math/matrix.h"

namespace cae {

/// validation_rows of the recipe under that key of a card's (or a baseline's) training notes; 0
/// where there is none that can be read: nobody knows.
Index HeldOutRows(const std::map<std::string, std::string>& training,
                  absl::string_view key = "recipe");

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_HELD_OUT_ROWS_H_
