// Saved chain states: what `cae sample --state` goes on from. docs/stream_format.md describes the
// file.
#ifndef CAE_CLIENT_STATE_FILE_H_
#define CAE_CLIENT_STATE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cae/v1/cae_service.pb.h"

namespace cae {

/// Replaces the file atomically. Thread-safe.
absl::Status WriteStateFile(const std::string& path, const v1::SampleState& state);

/// NOT_FOUND where there is no such file; INVALID_ARGUMENT, DATA_LOSS naming the path for one that
/// is no state or damaged. Thread-safe.
absl::StatusOr<v1::SampleState> ReadStateFile(const std::string& path);

}  // namespace cae

#endif  // CAE_CLIENT_STATE_FILE_H_
