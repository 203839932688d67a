// TrainModel and FinetuneModel: from a recipe and data to the parameters of a model file.
#ifndef CAE_TRAINER_MODEL_MODEL_TRAINING_H_
#define CAE_TRAINER_MODEL_MODEL_TRAINING_H_

#include <optional>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/io/model_file.h"
#include "core/model/model_parameters.h"
#include "trainer/checkpoint/run_checkpoints.h"
#include "trainer/data/data_set.h"
#include "trainer/model/data_split.h"
#include "trainer/recipe/recipe.h"
#include "trainer/training/training_observer.h"

namespace cae {

/// What a run has beside what it is told. Owns nothing.
struct ModelRun {
  ThreadPool& pool;
  TrainingObserver& observer;
  RunCheckpoints* checkpoints = nullptr;  ///< nullptr = none
};

/// Trains the layers greedily and then, where the recipe says so, jointly, from the beginning or
/// from a checkpoint; fills the card, picks start examples, a mix of classes, rounds to
/// recipe.storage and only then computes the golden rows. `data` is what `split` was cut from. With
/// `start` the layers are those of that model, and only joint training, which the recipe must have,
/// is left to do. INVALID_ARGUMENT where data, start and recipe do not fit together; other errors
/// as RunEpochs and RoundToStorage.
absl::StatusOr<ModelParameters> TrainModel(const Recipe& recipe, const DataSet& data,
                                           const DataSplit& split, const ModelRun& run,
                                           const ModelFile* start = nullptr);

/// How a classifier does, as shares of wrong rows.
struct ClassifierScores {
  std::optional<double> validation_error;  ///< none without validation rows
  double test_error = 0;
};

/// Gives the model a classifier tower, trained through the whole stack from the encoder's layers;
/// the encoder itself stays as it is. Rounds to recipe.storage, then measures with the very model
/// that a server would compute with, and notes the scores in the card. INVALID_ARGUMENT where
/// recipe.finetune is absent or the model does not fit the data.
absl::StatusOr<ClassifierScores> FinetuneModel(const Recipe& recipe, const DataSet& data,
                                               const DataSplit& split, const ModelRun& run,
                                               ModelParameters& model);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_MODEL_TRAINING_H_
