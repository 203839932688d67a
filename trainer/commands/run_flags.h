// RunFlags: the options and the machinery that `train` and `finetune` share.
#ifndef CAE_TRAINER_COMMANDS_RUN_FLAGS_H_
#define CAE_TRAINER_COMMANDS_RUN_FLAGS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "trainer/commands/streams.h"
#include "trainer/data/data_set.h"
#include "trainer/model/data_split.h"
#include "trainer/model/model_training.h"
#include "trainer/recipe/recipe.h"

namespace cae {

struct RunFlags {
  std::string recipe;
  std::string output = "model.safetensors";
  std::string data_folder;  ///< empty = DefaultDataFolder()
  std::string log;          ///< empty = none
  std::string checkpoint;   ///< a file, or a folder for one; empty = none
  int checkpoint_every = 1;
  bool resume = false;
  bool new_rates = false;  ///< resume, though the learning rates are others
  int threads = 1;
  RecipeOverrides overrides;
};

void AddRunFlags(CLI::App& parser, RunFlags& flags);

/// What a run works with.
struct RunContext {
  const Recipe& recipe;
  const DataSet& data;
  const DataSplit& split;
  const ModelRun& run;  ///< threads, progress, log, interruption, checkpoints
};

/// What is run, apart from the recipe.
struct RunSubject {
  std::string command;       ///< names the checkpoint in a folder
  std::string model_digest;  ///< of the model that it starts from; empty = none
};

/// Reads recipe, data and checkpoint, checks that the output can be written before any work is put
/// into it, and calls `run`. OK takes the checkpoint away, any error leaves the last one. Mistakes
/// in recipe and flags are the user's (exit_code.h).
absl::Status WithRunContext(const RunFlags& flags, const RunSubject& subject, Streams& streams,
                            const std::function<absl::Status(const RunContext&)>& run);

/// A usage error unless the model in that file has layers of the recipe's sizes, activations and
/// tying, and learned its data: its card is going to name the recipe, which had better be the
/// model's.
absl::Status CheckLayers(const RunFlags& flags, const std::string& model_file, const Recipe& recipe,
                         const ModelParameters& model);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_RUN_FLAGS_H_
