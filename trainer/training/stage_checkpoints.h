// StageCheckpoints: where the loop of a stage keeps its state, and where it finds it again.
#ifndef CAE_TRAINER_TRAINING_STAGE_CHECKPOINTS_H_
#define CAE_TRAINER_TRAINING_STAGE_CHECKPOINTS_H_

#include <functional>

#include "absl/status/status.h"
#include "trainer/base/state_archive.h"

namespace cae {

/// Told by RunEpochs what there is to save and when. Thread-compatible.
class StageCheckpoints {
 public:
  /// Names every part of the state of a stage to an archive.
  using Exchange = std::function<void(StateArchive&)>;

  virtual ~StageCheckpoints() = default;

  /// Called before the first epoch: restores the stage if the run goes on in the middle of it,
  /// otherwise leaves it alone.
  virtual absl::Status Restore(int stage_number, const Exchange& exchange) = 0;
  /// Called after `epoch` of `epochs`, once all observers have seen it: saves if it is time to.
  virtual absl::Status AfterEpoch(int stage_number, int epoch, int epochs,
                                  const Exchange& exchange) = 0;
  /// Called when an observer has ended the run (CANCELLED), in the middle of an epoch or after it:
  /// saves.
  virtual absl::Status OnCancel(int stage_number, const Exchange& exchange) = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_STAGE_CHECKPOINTS_H_
