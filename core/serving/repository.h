// The model repository: a folder <root>/<name>/<version>/model.safetensors.
#ifndef CAE_CORE_SERVING_REPOSITORY_H_
#define CAE_CORE_SERVING_REPOSITORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cae {

/// One version of one model, as it lies in the repository.
struct RepositoryEntry {
  std::string name;
  std::int64_t version = 0;   ///< ≥ 1
  std::string path;           ///< of the file, to open it
  std::string relative_path;  ///< of the file from the root: what messages to clients show
};

struct RepositoryListing {
  std::vector<RepositoryEntry> entries;  ///< ordered by name, then version
  /// What lies there and cannot be a model, with the reason: for the log. Hidden files are passed
  /// over in silence.
  std::vector<std::string> ignored;
};

/// Lists what is there; reads no model. NOT_FOUND if the root is no folder, PERMISSION_DENIED or
/// UNAVAILABLE if it cannot be read. Thread-safe.
absl::StatusOr<RepositoryListing> ListRepository(const std::string& root);

}  // namespace cae

#endif  // CAE_CORE_SERVING_REPOSITORY_H_
