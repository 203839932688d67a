// What the operating system says, as a status.
#ifndef CAE_CORE_IO_ERRNO_STATUS_H_
#define CAE_CORE_IO_ERRNO_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cae {

/// "<what>: <the system's words for error_number>" with a code a caller can act on: NOT_FOUND,
/// PERMISSION_DENIED (also read-only file systems), RESOURCE_EXHAUSTED (disk, quota, file size,
/// memory or descriptors used up), DATA_LOSS (the device failed), INVALID_ARGUMENT (the path cannot
/// name such a file), otherwise what Abseil maps it to. Thread-safe.
absl::Status ErrnoStatus(int error_number, absl::string_view what);

}  // namespace cae

#endif  // CAE_CORE_IO_ERRNO_STATUS_H_
