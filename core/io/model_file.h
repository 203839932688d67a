// Model files: a safetensors file whose tensor names and metadata docs/model_format.md describes.
#ifndef CAE_CORE_IO_MODEL_FILE_H_
#define CAE_CORE_IO_MODEL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/storage_type.h"
#include "core/model/model_parameters.h"

namespace cae {

inline constexpr std::int64_t kMaxModelFileBytes = std::int64_t{4} << 30;

/// A model that was read and passed Validate.
struct ModelFile {
  ModelParameters parameters;
  std::string digest;  ///< SHA-256 of the whole file, 64 lower-case hexadecimal digits
};

/// Reads the file whole, so that the digest is that of the very bytes that were parsed and a file
/// that is overwritten meanwhile cannot crash the process, as a mapping would. Memory while it
/// runs: the file and its numbers as floats. Errors name the file, the tensor and the reason:
/// INVALID_ARGUMENT (not a model file, unknown format version, missing, extra or misshapen tensors,
/// numbers that are not finite), DATA_LOSS (truncated), and those of ReadFile (core/io/file.h).
/// Thread-safe.
absl::StatusOr<ModelFile> LoadModelFile(const std::string& path,
                                        std::int64_t max_bytes = kMaxModelFileBytes);

/// The same from bytes in memory; messages name no file.
absl::StatusOr<ModelFile> ParseModelFile(absl::string_view bytes);

/// Replaces the file at `path` atomically. Weights and start examples are stored as `type`, all
/// else as F32. Refuses what LoadModelFile would refuse, and OUT_OF_RANGE for a number that
/// overflows `type`. Thread-safe.
absl::Status SaveModelFile(const std::string& path, const ModelParameters& parameters,
                           StorageType type);

/// The bytes that SaveModelFile writes: the same parameters always give the same bytes.
absl::StatusOr<std::string> SerializeModelFile(const ModelParameters& parameters, StorageType type);

/// The parameters as they come back from a file of this type: weights and start examples rounded.
/// Round before golden rows are computed and scores measured, so that what is judged is what is
/// stored. OUT_OF_RANGE, naming the tensor, for a number that overflows the type.
absl::StatusOr<ModelParameters> RoundToStorage(ModelParameters parameters, StorageType type);

}  // namespace cae

#endif  // CAE_CORE_IO_MODEL_FILE_H_
