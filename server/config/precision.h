// Precision of products: what the configuration says of it, for all models and for single ones.
#ifndef CAE_SERVER_CONFIG_PRECISION_H_
#define CAE_SERVER_CONFIG_PRECISION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cae/v1/server_config.pb.h"
#include "core/math/precision.h"

namespace cae {

/// Applies values of --precision, "bf16" or "mnist-cae1=bf16" (float32, f32, bfloat16, bf16). One
/// for all models overrides what the file says of single ones; one for a single model counts
/// wherever it stands. Returns a fault a value that it could not take.
std::vector<absl::Status> ApplyPrecisions(const std::vector<std::string>& values,
                                          v1::RepositoryConfig& repository);

/// What a model of that name is to be loaded with.
Precision PrecisionOf(const v1::RepositoryConfig& repository, absl::string_view model);

/// FAILED_PRECONDITION where a model is to be loaded in bfloat16 and this machine, or the
/// instruction set that is pinned, has no such products: they would be emulated, slower than those
/// in float32. INVALID_ARGUMENT where a value is none.
absl::Status CheckPrecisions(const v1::ServerConfig& config);

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_PRECISION_H_
