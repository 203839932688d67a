// EvaluateModel: how good a model is on rows that it has not been trained on.
#ifndef CAE_TRAINER_EVALUATION_EVALUATION_H_
#define CAE_TRAINER_EVALUATION_EVALUATION_H_

#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/model/autoencoder.h"
#include "trainer/criteria/classifier_step.h"
#include "trainer/evaluation/code_statistics.h"
#include "trainer/evaluation/estimate.h"
#include "trainer/evaluation/jacobian_spectrum.h"

namespace cae {

struct EvaluationOptions {
  Index spectrum_rows = 8;  ///< the first of the rows; 0 = no spectrum
  Index rank = 64;          ///< singular values a row
  /// For people who wait: which part, how many rows of it are done, of how many.
  std::function<void(const char* part, Index done, Index rows)> on_progress = [](const char*, Index,
                                                                                 Index) {};
};

/// Plain data.
struct Evaluation {
  Estimate reconstruction;            ///< in nats where the output is logistic
  Estimate contraction;               ///< ‖J‖²_F of the whole encoder
  std::vector<CodeStatistics> codes;  ///< one a layer
  std::optional<Estimate> error;  ///< share of wrong classes, where classifier and labels are there
  JacobianSpectrum spectrum;
};

/// Rows from which ‖J‖²_F is estimated where there is more than one layer: 1.6 GFLOP a row for
/// 784-1000-1000. One layer takes all.
inline constexpr Index kDeepContractionRows = 200;

/// Computes with the very numbers that a server computes with. Needs at least one row.
/// INVALID_ARGUMENT where the model takes other rows. The result does not depend on the number of
/// threads.
absl::StatusOr<Evaluation> EvaluateModel(const Autoencoder& model, const LabelledRows& data,
                                         const EvaluationOptions& options, ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_EVALUATION_H_
