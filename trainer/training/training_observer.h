// TrainingObserver: who watches a training run: progress line, log file, interruption.
#ifndef CAE_TRAINER_TRAINING_TRAINING_OBSERVER_H_
#define CAE_TRAINER_TRAINING_TRAINING_OBSERVER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/math/matrix.h"

namespace cae {

/// A number with a name, "loss" or "validation_error".
struct Metric {
  std::string name;
  double value = 0;
};
using Metrics = std::vector<Metric>;

/// Where a run stands, after a step or after an epoch.
struct TrainingReport {
  std::string stage;             ///< "layer 1", "classifier"
  int layer = 0;                 ///< from 1; 0 where the stage is no layer
  int epoch = 0;                 ///< from 1
  int epochs = 0;                ///< of this stage
  Index rows_done = 0;           ///< of this epoch
  Index rows = 0;                ///< of one epoch
  double learning_rate = 0;      ///< of the last step
  Metrics training;              ///< means over the rows of this epoch so far
  double gradient_norm = 0;      ///< mean over the steps of this epoch so far
  Metrics validation;            ///< after an epoch; empty after a step
  absl::Duration elapsed;        ///< of this epoch, without validation
  absl::Duration stage_elapsed;  ///< of the stage, without validation; over all runs of it
};

/// Called on the thread that trains, so it should be quick.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;

  /// After each step. Any status but OK ends the run and becomes its result.
  virtual absl::Status OnStep(const TrainingReport&) { return absl::OkStatus(); }
  /// After each epoch and its validation. The same.
  virtual absl::Status OnEpoch(const TrainingReport&) { return absl::OkStatus(); }
};

/// Hands everything to several observers in turn, up to the first that ends the run. Does not own
/// them.
class ObserverList : public TrainingObserver {
 public:
  void Add(TrainingObserver* observer) { observers_.push_back(observer); }
  absl::Status OnStep(const TrainingReport& report) override;
  absl::Status OnEpoch(const TrainingReport& report) override;

 private:
  std::vector<TrainingObserver*> observers_;
};

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_TRAINING_OBSERVER_H_
