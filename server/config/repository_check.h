// Checking what a configuration says about the model repository.
#ifndef CAE_SERVER_CONFIG_REPOSITORY_CHECK_H_
#define CAE_SERVER_CONFIG_REPOSITORY_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cae/v1/server_config.pb.h"

namespace cae {

/// Adds a sentence for each fault in version policies, per-model settings and the list of names.
/// Looks at no file. Thread-safe.
void CheckRepository(const v1::RepositoryConfig& repository, std::vector<std::string>& problems);

/// A policy from the text of a flag: "latest", "latest:3", "all" or "1,4". INVALID_ARGUMENT lists
/// these forms.
absl::StatusOr<v1::VersionPolicy> ParseVersionPolicy(absl::string_view text);

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_REPOSITORY_CHECK_H_
