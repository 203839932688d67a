// Protobuf's text format as a tree, for a reader that reports more than the first fault.
#ifndef CAE_TRAINER_RECIPE_TEXT_FORMAT_H_
#define CAE_TRAINER_RECIPE_TEXT_FORMAT_H_

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// The fields of a message in text format as a JSON object, whatever their names: numbers, booleans
/// and messages as such, strings and words (enumerations) as strings, a field that comes more than
/// once as an array, as if it had been written as a list. No extensions and no google.protobuf.Any.
/// INVALID_ARGUMENT lists what is no text format, with line and column, and messages nested deeper
/// than `max_depth`. Thread-safe.
absl::StatusOr<nlohmann::json> ParseTextFormat(absl::string_view text, int max_depth);

}  // namespace cae

#endif  // CAE_TRAINER_RECIPE_TEXT_FORMAT_H_
