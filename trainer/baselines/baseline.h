// Baseline: a trained RBM or deep belief network, and its file.
#ifndef CAE_TRAINER_BASELINES_BASELINE_H_
#define CAE_TRAINER_BASELINES_BASELINE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/storage_type.h"
#include "trainer/baselines/rbm.h"

namespace cae {

/// Plain data.
struct Baseline {
  RbmStack machines;  ///< from the image up, at least one
  std::vector<std::int64_t> input_shape;
  std::map<std::string, std::string> training;  ///< as ModelCard::training

  /// "rbm" for one machine, "dbn" for more.
  absl::string_view kind() const { return machines.size() == 1 ? "rbm" : "dbn"; }
};

/// Replaces the file at `path` atomically: safetensors, with weights stored as `type`, as tensors
/// rbms.N.weight, rbms.N.hidden_bias, rbms.N.visible_bias and metadata below "cae_baseline.". It is
/// no model file: no server loads it. OUT_OF_RANGE for a number that overflows `type`.
absl::Status SaveBaselineFile(const std::string& path, const Baseline& baseline, StorageType type);

/// Whether the bytes are a safetensors file that says that it is a baseline, of whatever version.
bool IsBaselineFile(absl::string_view bytes);

/// INVALID_ARGUMENT (no baseline, unknown version, tensors that are missing, too many, of shapes
/// that do not fit, or not finite), DATA_LOSS (truncated), and the errors of ReadFile, all naming
/// the file.
absl::StatusOr<Baseline> LoadBaselineFile(const std::string& path);

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_BASELINE_H_
