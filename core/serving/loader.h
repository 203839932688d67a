// Loading: from an entry of the repository to a servable that has proven itself.
#ifndef CAE_CORE_SERVING_LOADER_H_
#define CAE_CORE_SERVING_LOADER_H_

#include "absl/status/statusor.h"
#include "core/serving/repository.h"
#include "core/serving/servable.h"

namespace cae {

/// Reads, verifies and packs a model, runs its golden rows and takes its fingerprint; what comes
/// back can be served at once. `max_file_bytes` bounds the file. `limits.max_rank` is lowered to
/// what the model's smallest layer allows. `precision` is that of the model's products.
///
/// Errors name the file by its path in the repository and are of the code that LoadModelFile and
/// Autoencoder::Create give; DATA_LOSS where the golden rows come out differently. Slow: call it on
/// a thread that may wait. Thread-safe.
absl::StatusOr<ServableHandle> LoadServable(const RepositoryEntry& entry,
                                            const ServableLimits& limits,
                                            std::int64_t max_file_bytes,
                                            Precision precision = Precision::kFloat32);

}  // namespace cae

#endif  // CAE_CORE_SERVING_LOADER_H_
