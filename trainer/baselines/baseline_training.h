// TrainBaseline: from a recipe with `rbms` and data to a baseline.
#ifndef CAE_TRAINER_BASELINES_BASELINE_TRAINING_H_
#define CAE_TRAINER_BASELINES_BASELINE_TRAINING_H_

#include "absl/status/statusor.h"
#include "trainer/baselines/baseline.h"
#include "trainer/data/data_set.h"
#include "trainer/model/data_split.h"
#include "trainer/model/model_training.h"
#include "trainer/recipe/recipe.h"

namespace cae {

/// Trains the machines of recipe.rbms greedily, each on the means of the hidden units of the one
/// below, from the start or from a checkpoint. `data` is what `split` was cut from. Errors as
/// RunEpochs.
absl::StatusOr<Baseline> TrainBaseline(const Recipe& recipe, const DataSet& data,
                                       const DataSplit& split, const ModelRun& run);

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_BASELINE_TRAINING_H_
