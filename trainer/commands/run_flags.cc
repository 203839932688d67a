#include "trainer/commands/run_flags.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "trainer/commands/exit_code.h"
#include "trainer/reporting/epoch_log.h"
#include "trainer/reporting/progress_line.h"
#include "trainer/training/denormals.h"
#include "trainer/training/interrupt.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxRecipeBytes = 1 << 20;
constexpr int kMaxThreads = 256;

absl::StatusOr<Recipe> LoadRecipe(const RunFlags& flags) {
  CAE_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.recipe, kMaxRecipeBytes));
  absl::StatusOr<Recipe> recipe = ParseRecipe(text);
  if (!recipe.ok()) {
    return Usage(
        absl::InvalidArgumentError(absl::StrCat(flags.recipe, ": ", recipe.status().message())));
  }
  ApplyOverrides(flags.overrides, *recipe);
  return recipe;
}

// A run of minutes should not end with a folder that is not there.
absl::Status CheckOutputFolder(const std::string& output) {
  std::filesystem::path folder = std::filesystem::path(output).parent_path();
  if (folder.empty()) folder = ".";
  if (access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("cannot write ", output, ": folder ", folder.string()));
}

}  // namespace

void AddRunFlags(CLI::App& parser, RunFlags& flags) {
  flags.threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
  parser.add_option("RECIPE", flags.recipe, "The recipe, a JSON file as in trainer/recipes/")
      ->required();
  parser.add_option("--output", flags.output, "The model file to write, atomically")
      ->capture_default_str()
      ->type_name("FILE");
  parser
      .add_option("--data", flags.data_folder,
                  "Where `cae-train fetch` put the data (default: as there)")
      ->type_name("FOLDER");
  parser.add_option("--log", flags.log, "Append one line of JSON an epoch to this file")
      ->type_name("FILE");
  parser
      .add_option("--threads", flags.threads,
                  "Threads; the model is the same, bit for bit, with any number")
      ->check(CLI::Range(1, kMaxThreads))
      ->capture_default_str();
  parser.add_option("--seed", flags.overrides.seed, "Instead of the recipe's seed");
  parser
      .add_option("--epochs", flags.overrides.epochs, "Instead of the recipe's epochs, everywhere")
      ->check(CLI::Range(1, 10'000));
  parser.add_flag("--quick", flags.overrides.quick,
                  "One epoch on 5,000 rows, to try a recipe out in seconds");
}

absl::Status WithRunContext(const RunFlags& flags, Streams& streams,
                            const std::function<absl::Status(const RunContext&)>& run) {
  CAE_ASSIGN_OR_RETURN(const Recipe recipe, LoadRecipe(flags));
  CAE_RETURN_IF_ERROR(CheckOutputFolder(flags.output));
  std::string folder = flags.data_folder;
  if (folder.empty()) {
    CAE_ASSIGN_OR_RETURN(folder, DefaultDataFolder());
  }
  CAE_ASSIGN_OR_RETURN(const DataSet data, LoadDataSet(recipe.data, folder));
  absl::StatusOr<DataSplit> split = SplitData(data, recipe, flags.overrides.quick);
  if (!split.ok()) {
    return Usage(
        absl::InvalidArgumentError(absl::StrCat(flags.recipe, ": ", split.status().message())));
  }
  ObserverList observers;
  ProgressLine progress(streams.err, streams.err_is_terminal);
  observers.Add(&progress);
  std::unique_ptr<EpochLog> log;
  if (!flags.log.empty()) {
    CAE_ASSIGN_OR_RETURN(log, EpochLog::Open(flags.log));
    observers.Add(log.get());
  }
  InterruptGuard interrupt;
  observers.Add(&interrupt);
  FlushDenormals();
  ThreadPool pool(flags.threads, FlushDenormals);
  return run({recipe, data, *split, pool, observers});
}

}  // namespace cae
