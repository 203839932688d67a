// LastEpochs: notes the metrics of each stage's last epoch, for the file of what is trained.
#ifndef CAE_TRAINER_TRAINING_LAST_EPOCHS_H_
#define CAE_TRAINER_TRAINING_LAST_EPOCHS_H_

#include <map>
#include <string>

#include "trainer/training/training_observer.h"

namespace cae {

/// Notes "layer_1.epochs", "layer_1.validation_reconstruction": the stage's name with underscores
/// for spaces, then training or validation and the metric's name.
class LastEpochs : public TrainingObserver {
 public:
  /// `notes` must outlive it.
  explicit LastEpochs(std::map<std::string, std::string>& notes) : notes_(notes) {}

  absl::Status OnEpoch(const TrainingReport& report) override;

 private:
  std::map<std::string, std::string>& notes_;
};

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_LAST_EPOCHS_H_
