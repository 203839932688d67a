// RunEpochs: the loop that all stages of training share.
#ifndef CAE_TRAINER_TRAINING_EPOCHS_H_
#define CAE_TRAINER_TRAINING_EPOCHS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/base/clock.h"
#include "core/math/matrix.h"
#include "trainer/training/training_observer.h"

namespace cae {

/// How the learning rate goes over the steps of a stage.
enum class LearningRateSchedule {
  kConstant,
  kCosine,  ///< η ½ (1 + cos(π t / T)) at step t = 0 ... T − 1
};

double LearningRateAt(LearningRateSchedule schedule, double learning_rate, Index step, Index steps);

/// How long and in which order a stage goes through its rows.
struct EpochPlan {
  std::string stage;  ///< for reports and messages
  int stage_number =
      0;  ///< 0, 1, ...: tells the stages' random numbers apart; below 2^15, as epochs
  Index rows = 0;
  Index batch_size = 100;
  int epochs = 1;
  double learning_rate = 1e-3;
  LearningRateSchedule schedule = LearningRateSchedule::kCosine;
  std::uint64_t seed = 0;
};

/// What a step says about its batch.
struct StepResult {
  Metrics metrics;     ///< means over the rows of the batch, before the step
  bool finite = true;  ///< false: numbers overflowed, the run is lost
};

/// What is trained in a stage.
class TrainingStage {
 public:
  virtual ~TrainingStage() = default;
  /// One step on these rows of the training data.
  virtual StepResult Descend(absl::Span<const Index> rows, double learning_rate) = 0;
  /// The metrics on the validation data; called after each epoch.
  virtual Metrics Validate() = 0;
};

/// Goes through all rows in a new random order each epoch, the last batch of an epoch being what is
/// left. Ends with OUT_OF_RANGE naming stage, epoch and step when numbers overflow, or with what an
/// observer says.
absl::Status RunEpochs(const EpochPlan& plan, TrainingStage& stage, TrainingObserver& observer,
                       const Clock& clock = Clock::System());

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_EPOCHS_H_
