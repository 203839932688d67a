// ModelSummary: what a model file holds, for people and programs.
#ifndef CAE_TRAINER_MODEL_MODEL_SUMMARY_H_
#define CAE_TRAINER_MODEL_MODEL_SUMMARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/model/model_parameters.h"

namespace cae {

struct TensorSummary {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
};

/// How the codes that the file stores for its golden rows compare with those computed here.
struct GoldenCheck {
  Index rows = 0;
  double largest_difference = 0;  ///< over all codes; NaN counts as infinite
  bool ok = true;                 ///< none above kGoldenTolerance
};

/// Machines round differently in the last places; a wrong weight moves a code by far more.
inline constexpr double kGoldenTolerance = 1e-4;

struct ModelSummary {
  std::int64_t bytes = 0;
  std::string digest;
  ModelParameters parameters;
  std::vector<TensorSummary> tensors;  ///< in the order of their names
  GoldenCheck golden;
};

/// Reads and checks the file. Errors as LoadModelFile.
absl::StatusOr<ModelSummary> SummariseModelFile(const std::string& path);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_MODEL_SUMMARY_H_
