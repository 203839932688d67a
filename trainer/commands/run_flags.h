// RunFlags: the options and the machinery that `train` and `finetune` share.
#ifndef CAE_TRAINER_COMMANDS_RUN_FLAGS_H_
#define CAE_TRAINER_COMMANDS_RUN_FLAGS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "core/base/thread_pool.h"
#include "trainer/commands/streams.h"
#include "trainer/data/data_set.h"
#include "trainer/model/data_split.h"
#include "trainer/recipe/recipe.h"
#include "trainer/training/training_observer.h"

namespace cae {

struct RunFlags {
  std::string recipe;
  std::string output = "model.safetensors";
  std::string data_folder;  ///< empty = DefaultDataFolder()
  std::string log;          ///< empty = none
  int threads = 1;
  RecipeOverrides overrides;
};

void AddRunFlags(CLI::App& parser, RunFlags& flags);

/// What a run works with.
struct RunContext {
  const Recipe& recipe;
  const DataSet& data;
  const DataSplit& split;
  ThreadPool& pool;
  TrainingObserver& observer;  ///< progress, log and interruption
};

/// Reads recipe and data, checks that the output can be written before any work is put into it, and
/// calls `run`. A faulty recipe is the user's mistake (exit_code.h).
absl::Status WithRunContext(const RunFlags& flags, Streams& streams,
                            const std::function<absl::Status(const RunContext&)>& run);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_RUN_FLAGS_H_
