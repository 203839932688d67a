// Fine-tuning: a classifier that starts from the layers of an encoder and is trained through all of
// them.
#ifndef CAE_TRAINER_TRAINING_CLASSIFIER_TRAINING_H_
#define CAE_TRAINER_TRAINING_CLASSIFIER_TRAINING_H_

#include <vector>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/classifier_step.h"
#include "trainer/optimiser/optimiser_options.h"
#include "trainer/training/epochs.h"

namespace cae {

/// What fine-tuning is told beside its epochs.
struct ClassifierPlan {
  Index classes = 10;
  double weight_decay = 0;
  double input_dropout = 0;
  double hidden_dropout = 0;
  double label_smoothing = 0;
  TangentPenalty tangents;
  int patience = 0;  ///< epochs without a better one before the end; 0 = all epochs
  OptimiserOptions optimiser;
};

/// A tower of copies of the encoder's layers under an output layer that starts small and random.
ClassifierParameters InitialClassifier(const std::vector<LayerParameters>& layers, Index classes,
                                       std::uint64_t seed);

/// Trains the whole tower on `training`; `epochs.rows` is the number of its rows. With rows in
/// `validation` the result is the classifier after the epoch with the smallest validation error
/// (the cross-entropy decides between equals), and `patience` epochs without a better one end the
/// training; without such rows the result is the last. Metrics: "cross_entropy", "error" (a share),
/// and in training "tangents" where their penalty has a weight.
/// Errors as RunEpochs.
absl::StatusOr<ClassifierParameters> TrainClassifier(ClassifierParameters initial,
                                                     const ClassifierPlan& plan,
                                                     const EpochPlan& epochs,
                                                     const LabelledRows& training,
                                                     const LabelledRows& validation,
                                                     ThreadPool& pool, const RunServices& services);

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_CLASSIFIER_TRAINING_H_
