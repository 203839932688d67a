// Joint training: all layers of a stack at once, after each has been trained by itself.
#ifndef CAE_TRAINER_TRAINING_STACK_TRAINING_H_
#define CAE_TRAINER_TRAINING_STACK_TRAINING_H_

#include <vector>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/stack_step.h"
#include "trainer/optimiser/optimiser_options.h"
#include "trainer/training/epochs.h"

namespace cae {

/// What joint training is told beside its epochs.
struct StackPlan {
  std::vector<double> contractions;  ///< λ of each layer
  Walkback walkback;
  Corruption corruption;
  OptimiserOptions optimiser;
};

/// Trains the layers on the rows of `training`; `epochs.rows` is theirs. Reports the metrics
/// "reconstruction" through the whole stack, "penalty" = Σ λ ‖J‖²_F of the layers, and "loss",
/// their sum; those of `validation`, where there are rows, are without noise. Errors as RunEpochs.
absl::StatusOr<std::vector<LayerParameters>> TrainStack(
    std::vector<LayerParameters> layers, const StackPlan& plan, const EpochPlan& epochs,
    ConstMatrixView training, ConstMatrixView validation, ThreadPool& pool,
    const RunServices& services);

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_STACK_TRAINING_H_
