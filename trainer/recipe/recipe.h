// Recipe: all that a training run is told, as trainer/recipes/*.json hold it.
#ifndef CAE_TRAINER_RECIPE_RECIPE_H_
#define CAE_TRAINER_RECIPE_RECIPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/storage_type.h"
#include "core/model/model_card.h"
#include "trainer/optimiser/adam.h"
#include "trainer/training/epochs.h"
#include "trainer/training/layer_training.h"

namespace cae {

/// "layers": [{...}]: one layer and how long it is trained.
struct LayerRecipe {
  Index units = 0;                                        ///< "units", 1 to 65536; required
  Activation activation = Activation::kLogistic;          ///< "activation"
  Activation decoder_activation = Activation::kLogistic;  ///< "decoder_activation"
  bool tied = true;                                       ///< "tied"
  double contraction = 1;                                 ///< "contraction", λ ≥ 0
  int epochs = 20;                                        ///< "epochs", 1 to 10000
  double learning_rate = 1e-3;                            ///< "learning_rate", > 0
};

/// "finetune": {...}: the classifier.
struct FinetuneRecipe {
  int epochs = 20;              ///< "epochs", 1 to 10000
  double learning_rate = 1e-3;  ///< "learning_rate", > 0
  Index batch_size = 100;       ///< "batch_size", 1 to 65536
  double weight_decay = 0;    ///< "weight_decay", ≥ 0: learning rate · weight_decay · w a step
  double input_dropout = 0;   ///< "input_dropout", [0, 0.9]
  double hidden_dropout = 0;  ///< "hidden_dropout", [0, 0.9]
};

/// "card": {...}: what the model says about itself.
struct CardRecipe {
  double default_noise_stddev = 1;                           ///< "default_noise_stddev", ≥ 0
  SampleProcess default_process = SampleProcess::kComposed;  ///< "default_process": "composed" or
                                                             ///< "top_layer"
  std::int64_t default_rank = 0;                             ///< "default_rank", ≥ 0
  Index start_examples = 64;                                 ///< "start_examples", 1 to 10000
};

/// Plain data. The defaults here are those of a recipe file that leaves the field out.
struct Recipe {
  std::string name;                ///< "name"; required
  std::string data = "mnist";      ///< "data": the data set (data_set.h)
  Index validation_rows = 10'000;  ///< "validation_rows": the last of the training set, ≥ 0
  std::uint64_t seed = 1;          ///< "seed"
  Index batch_size = 100;          ///< "batch_size", 1 to 65536
  AdamOptions adam;                ///< "adam": {"beta1", "beta2", "epsilon"}
  LearningRateSchedule schedule =
      LearningRateSchedule::kCosine;            ///< "schedule": "cosine" or "constant"
  std::vector<LayerRecipe> layers;              ///< "layers", from the input up; required
  std::optional<FinetuneRecipe> finetune;       ///< "finetune"
  StorageType storage = StorageType::kFloat32;  ///< "storage": "F32", "F16" or "BF16"
  CardRecipe card;                              ///< "card"
};

/// Reads a recipe from JSON text. INVALID_ARGUMENT lists every fault at once, each with its JSON
/// pointer (RFC 6901): unknown and missing fields, wrong types, values out of range.
absl::StatusOr<Recipe> ParseRecipe(absl::string_view text);

/// The recipe as JSON with every field written out, after overrides: what the model card records.
std::string SerializeRecipe(const Recipe& recipe);

/// Changes from the command line; absent = as the recipe says.
struct RecipeOverrides {
  std::optional<std::uint64_t> seed;
  std::optional<int> epochs;  ///< of every layer and of fine-tuning
  bool quick = false;         ///< one epoch of everything on the first rows, to try things out
};

/// Rows that `quick` leaves of the training set.
inline constexpr Index kQuickRows = 5'000;

void ApplyOverrides(const RecipeOverrides& overrides, Recipe& recipe);

}  // namespace cae

#endif  // CAE_TRAINER_RECIPE_RECIPE_H_
