// Whole files: read with a limit, written so that a reader sees the old contents or the new, never
// a part. Every message names the path and the reason.
//
// Codes: NOT_FOUND (no such file or folder), PERMISSION_DENIED, RESOURCE_EXHAUSTED (larger than the
// limit, disk full, quota, too many open files), DATA_LOSS (the device failed), INVALID_ARGUMENT
// (the path is a folder, a pipe or a device, or too long).
#ifndef CAE_CORE_IO_FILE_H_
#define CAE_CORE_IO_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// The contents of a regular file of at most `max_bytes` bytes. A pipe or a device is refused
/// without blocking on it. Memory: as much as there is to read, never more than max_bytes.
/// Thread-safe.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::int64_t max_bytes);

/// Everything up to the end of an open descriptor, for standard input: at most `max_bytes` bytes.
/// `name` is what messages call it. The descriptor stays open and is the caller's. Thread-safe.
absl::StatusOr<std::string> ReadStream(int descriptor, absl::string_view name,
                                       std::int64_t max_bytes);

/// Replaces the file at `path`: writes a temporary file beside it, flushes it to the device,
/// renames it and flushes the folder. On failure the earlier file is as it was and the temporary
/// file is gone; only where the last step alone fails is the new file in place, and the message
/// says so. The file keeps the permissions of the one it replaces; a new one gets those of the
/// umask. A symbolic link at `path` is replaced, not followed. Thread-safe; of two writers at a
/// time the last to rename wins.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view contents);

}  // namespace cae

#endif  // CAE_CORE_IO_FILE_H_
