// Files that gzip packed.
#ifndef CAE_CORE_IO_GZIP_H_
#define CAE_CORE_IO_GZIP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// Whether the bytes begin as a gzip file does (RFC 1952).
bool IsGzip(absl::string_view bytes);

/// What was packed, all members one after the other. INVALID_ARGUMENT where the bytes are damaged,
/// end too early or go on after the last member; RESOURCE_EXHAUSTED for more than `max_bytes`
/// unpacked bytes: the file says nothing reliable about their number, so memory grows with what is
/// unpacked and never beyond the limit. Thread-safe.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes, std::int64_t max_bytes);

}  // namespace cae

#endif  // CAE_CORE_IO_GZIP_H_
