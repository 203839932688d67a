// Training of one RBM.
#ifndef CAE_TRAINER_BASELINES_RBM_TRAINING_H_
#define CAE_TRAINER_BASELINES_RBM_TRAINING_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/baselines/rbm.h"
#include "trainer/baselines/rbm_step.h"
#include "trainer/optimiser/optimiser_options.h"
#include "trainer/training/epochs.h"

namespace cae {

/// The form of a machine and how it is trained. Seed and stage of `step` are filled in by TrainRbm.
struct RbmPlan {
  Index units = 500;
  RbmStepOptions step;
  OptimiserOptions optimiser = SgdOptions{};
};

/// A machine to start from: weights uniform with standard deviation 0.01, visible biases that alone
/// give the mean of the data, hidden biases zero (Hinton 2010, section 8).
Rbm InitialRbm(Index units, const Vector& mean_of_data, std::uint64_t seed, int stage);

/// Trains a machine on the rows of `training`, in [0, 1]; `epochs.rows` is theirs. Reports, in
/// nats: of training "free_energy", means of F(v) over the rows, and "gap", that minus the mean
/// over the chains' states; of validation rows "free_energy" and "reconstruction", the
/// cross-entropy of v and E[v | E[h | v]]. A free energy of validation rows that rises above that
/// of training rows says that the machine learns them by heart. Errors as RunEpochs.
absl::StatusOr<Rbm> TrainRbm(const RbmPlan& plan, const EpochPlan& epochs, ConstMatrixView training,
                             ConstMatrixView validation, ThreadPool& pool,
                             const RunServices& services);

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_RBM_TRAINING_H_
