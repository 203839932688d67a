// What may be the name of a model.
#ifndef CAE_CORE_SERVING_MODEL_NAME_H_
#define CAE_CORE_SERVING_MODEL_NAME_H_

#include "absl/strings/string_view.h"

namespace cae {

/// 1 to 128 of the characters A-Z a-z 0-9 . _ -, the first a letter or a digit: a name, never a
/// path. Thread-safe.
bool IsModelName(absl::string_view name);

}  // namespace cae

#endif  // CAE_CORE_SERVING_MODEL_NAME_H_
