// RunEpochs: the loop that all stages of training share.
#ifndef CAE_TRAINER_TRAINING_EPOCHS_H_
#define CAE_TRAINER_TRAINING_EPOCHS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/base/clock.h"
#include "core/math/matrix.h"
#include "trainer/training/learning_rate.h"
#include "trainer/training/stage_checkpoints.h"
#include "trainer/training/training_observer.h"

namespace cae {

/// How long and in which order a stage goes through its rows.
struct EpochPlan {
  std::string stage;  ///< for reports and messages
  int layer = 0;      ///< for reports
  /// Fields of the recipe that make steps smaller, as JSON pointers, for the message of a run that
  /// overflows; the first is the learning rate's.
  std::vector<std::string> remedies;
  int stage_number =
      0;  ///< 0, 1, ...: tells the stages' random numbers apart; below 2^15, as epochs
  Index rows = 0;
  Index batch_size = 100;
  int epochs = 1;
  double learning_rate = 1e-3;
  LearningRateSchedule schedule;
  std::uint64_t seed = 0;
};

/// What a step says about its batch.
struct StepResult {
  Metrics metrics;           ///< means over the rows of the batch, before the step
  double gradient_norm = 0;  ///< of the mean over the rows of the batch
  bool finite = true;        ///< false: numbers overflowed, the run is lost
};

/// What is trained in a stage.
class TrainingStage {
 public:
  virtual ~TrainingStage() = default;
  /// One step on these rows of the training data.
  virtual StepResult Descend(absl::Span<const Index> rows, double learning_rate) = 0;
  /// The metrics on the validation data; called after each epoch.
  virtual Metrics Validate() = 0;
  /// Asked after Validate: true ends the stage before its last epoch.
  virtual bool Finished() const { return false; }
  /// Everything that the next step and the result depend on, but for the order of the rows, which
  /// is a function of the plan and the epoch.
  virtual void Exchange(StateArchive& archive) = 0;
};

/// What all stages of a run share. Owns nothing.
struct RunServices {
  TrainingObserver& observer;
  StageCheckpoints* checkpoints = nullptr;  ///< nullptr = none
  const Clock& clock = Clock::System();
};

/// Goes through all rows in a new random order each epoch, the last batch of an epoch being what is
/// left; goes on where a checkpoint left off, with the same bits as a run that was never stopped.
/// Ends with OUT_OF_RANGE naming stage, epoch, step and remedies when numbers overflow, in a step
/// or on the validation data, and saves nothing of it; or with what an observer or the checkpoints
/// say.
absl::Status RunEpochs(const EpochPlan& plan, TrainingStage& stage, const RunServices& services);

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_EPOCHS_H_
