// JSON from strangers: nlohmann's parser behind limits that it does not have itself.
#ifndef CAE_CORE_IO_STRICT_JSON_H_
#define CAE_CORE_IO_STRICT_JSON_H_

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// Parses one JSON value (RFC 8259, UTF-8, no comments, nothing after it). INVALID_ARGUMENT for
/// text that is not JSON, for a key that comes twice in one object, and for objects and arrays
/// nested deeper than `max_depth`, which is found before memory is spent on them. Throws nothing.
/// Thread-safe.
absl::StatusOr<nlohmann::json> ParseStrictJson(absl::string_view text, int max_depth);

}  // namespace cae

#endif  // CAE_CORE_IO_STRICT_JSON_H_
