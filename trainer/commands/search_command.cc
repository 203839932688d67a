#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/model_file.h"
#include "core/io/sha256.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/exit_code.h"
#include "trainer/commands/inner_command.h"
#include "trainer/recipe/recipe_grid.h"

namespace cae {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMaxTextBytes = 1 << 20;
constexpr std::int64_t kMaxLogBytes = 1 << 28;

struct Options {
  std::string recipe, grid;
  std::string folder = "search";
  std::vector<std::string> run_flags;  // of train and finetune
  std::string data;
  int threads = 0;
  bool quick = false;
};

// One trial on its way: the commands that it consists of, and the line that the log gets of it.
class Trial {
 public:
  Trial(const Options& options, const RecipeGrid& grid, const RecipeTrial& trial)
      : options_(options), then_(grid.then), trial_(trial) {
    // Another recipe, data size or evaluation is another trial.
    std::string identity = absl::StrCat(SerializeRecipe(trial.recipe), Json(grid.then).dump(),
                                        options.quick ? "quick" : "");
    id_ = Sha256Hex(identity).substr(0, 12);
  }

  const std::string& id() const { return id_; }
  std::string model() const { return Path("safetensors"); }

  // CANCELLED where a signal has stopped it; what fails otherwise is a result like others.
  absl::StatusOr<Json> Run(bool failed_before, Streams& streams) {
    // From where it failed it might fail again: diverged, damaged, or of another processor.
    if (failed_before) RemoveCheckpoints();
    const absl::Time start = Clock::System().Now();
    CAE_RETURN_IF_ERROR(WriteFileAtomically(Path("json"), SerializeRecipe(trial_.recipe)));
    line_ = {{"trial", id_}, {"values", Json::parse(trial_.values)}, {"model", model()}};
    CAE_RETURN_IF_ERROR(RunCommands(streams));
    line_["seconds"] = absl::ToDoubleSeconds(Clock::System().Now() - start);
    return line_;
  }

 private:
  std::string Path(const std::string& ending) const {
    return (std::filesystem::path(options_.folder) / absl::StrCat(id_, ".", ending)).string();
  }

  absl::Status RunCommands(Streams& streams) {
    const bool supervised = trial_.recipe.has_finetune();
    // A file that is there is whole, whenever a trial was stopped: each is written by one stage, at
    // its end. So the layers that are fine-tuned have a file of their own until that is done.
    const std::string layers = supervised ? Path("layers.safetensors") : model();
    const bool through = IsThrough(supervised);
    if (!std::filesystem::exists(layers) && !through) {
      CAE_RETURN_IF_ERROR(RunOne(Stage("train", layers, {}), streams));
      if (line_.contains("error")) return absl::OkStatus();
    }
    if (supervised && !through) {
      CAE_RETURN_IF_ERROR(RunOne(Stage("finetune", model(), {"--model", layers}), streams));
      if (line_.contains("error")) return absl::OkStatus();
    }
    // A kill may have left them.
    std::error_code error;
    if (supervised) std::filesystem::remove(layers, error);
    RemoveCheckpoints();
    CAE_RETURN_IF_ERROR(NoteScores());
    for (std::vector<std::string> command : then_) {
      std::replace(command.begin(), command.end(), std::string("MODEL"), model());
      CAE_RETURN_IF_ERROR(RunOne(command, streams));
      if (line_.contains("error")) return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  void RemoveCheckpoints() const {
    std::error_code error;
    for (const char* const ending : {"train.checkpoint", "finetune.checkpoint"}) {
      std::filesystem::remove(Path(ending), error);
    }
  }

  // Where a classifier belongs to it, a file without one is the layers, of an earlier program.
  bool IsThrough(bool supervised) const {
    if (!std::filesystem::exists(model())) return false;
    if (!supervised) return true;
    const absl::StatusOr<ModelFile> file = LoadModelFile(model());
    return file.ok() && !file->parameters.classifier.layers.empty();
  }

  std::vector<std::string> Stage(const std::string& command, const std::string& output,
                                 const std::vector<std::string>& more) const {
    std::vector<std::string> words = {command,   Path("json"),   "--output",
                                      output,    "--checkpoint", Path(command + ".checkpoint"),
                                      "--resume"};
    words.insert(words.end(), options_.run_flags.begin(), options_.run_flags.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  absl::Status RunOne(const std::vector<std::string>& command, Streams& streams) {
    const InnerResult result = RunInnerCommand(command, streams);
    if (result.stopped) return absl::CancelledError(result.reason);
    if (result.exit_code != 0) {
      line_["error"] = absl::StrCat(command.front(), ": ", result.reason);
      return absl::OkStatus();
    }
    if (command.front() == "train" || command.front() == "finetune") return absl::OkStatus();
    const Json report = Json::parse(result.out, nullptr, /*allow_exceptions=*/false);
    line_["reports"].push_back(report.is_discarded() ? Json(result.out) : report);
    return absl::OkStatus();
  }

  // What training has noted in the card: values of the last epochs, errors of the classifier.
  absl::Status NoteScores() {
    if (trial_.recipe.rbms_size() > 0) return absl::OkStatus();
    CAE_ASSIGN_OR_RETURN(const ModelFile file, LoadModelFile(model()));
    for (const auto& [key, value] : file.parameters.card.training) {
      if (!absl::StrContains(key, ".validation_") && !absl::StrContains(key, ".error_on_"))
        continue;
      const Json number = Json::parse(value, nullptr, /*allow_exceptions=*/false);
      line_["scores"][key] = number.is_discarded() ? Json(value) : number;
    }
    return absl::OkStatus();
  }

  const Options& options_;
  const std::vector<std::vector<std::string>>& then_;
  const RecipeTrial& trial_;
  std::string id_;
  Json line_;
};

// The trials that the log has, and whether they are through: one that failed is not, the disk may
// have been full, or the data not there. A line that a kill has cut off counts for nothing.
std::map<std::string, bool> LoggedTrials(const std::string& text) {
  std::map<std::string, bool> logged;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const Json trial = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
    if (!trial.is_object() || !trial.contains("trial") || !trial["trial"].is_string()) continue;
    bool& through = logged[trial["trial"]];
    through = through || !trial.contains("error");
  }
  return logged;
}

absl::StatusOr<RecipeGrid> LoadGrid(const Options& options) {
  CAE_ASSIGN_OR_RETURN(const std::string recipe_text, ReadFile(options.recipe, kMaxTextBytes));
  absl::StatusOr<Recipe> recipe = ParseRecipe(recipe_text);
  const auto at = [](const std::string& file, const absl::Status& status) {
    return Usage(
        absl::InvalidArgumentError(absl::StrCat(file, ": ", std::string(status.message()))));
  };
  if (!recipe.ok()) return at(options.recipe, recipe.status());
  CAE_ASSIGN_OR_RETURN(const std::string grid_text, ReadFile(options.grid, kMaxTextBytes));
  absl::StatusOr<RecipeGrid> grid = ParseRecipeGrid(*recipe, grid_text);
  if (!grid.ok()) return at(options.grid, grid.status());
  return grid;
}

absl::Status Run(Options options, Streams& streams) {
  CAE_ASSIGN_OR_RETURN(const RecipeGrid grid, LoadGrid(options));
  if (!options.data.empty())
    options.run_flags.insert(options.run_flags.end(), {"--data", options.data});
  if (options.threads > 0) {
    options.run_flags.insert(options.run_flags.end(), {"--threads", absl::StrCat(options.threads)});
  }
  if (options.quick) options.run_flags.emplace_back("--quick");
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  const std::string log = (std::filesystem::path(options.folder) / "trials.jsonl").string();
  std::string text;
  if (std::filesystem::exists(log, error)) {
    CAE_ASSIGN_OR_RETURN(text, ReadFile(log, kMaxLogBytes));
  }
  const std::map<std::string, bool> logged = LoggedTrials(text);
  std::ofstream lines(log, std::ios::app);
  if (!text.empty() && text.back() != '\n') lines << '\n';
  int failed = 0;
  for (std::size_t i = 0; i < grid.trials.size(); ++i) {
    Trial trial(options, grid, grid.trials[i]);
    streams.err << "trial " << i + 1 << "/" << grid.trials.size() << " " << trial.id() << " "
                << grid.trials[i].values;
    const auto earlier = logged.find(trial.id());
    if (earlier != logged.end() && earlier->second) {
      streams.err << ": is in the log" << std::endl;
      continue;
    }
    streams.err << std::endl;
    CAE_ASSIGN_OR_RETURN(const Json line, trial.Run(earlier != logged.end(), streams));
    lines << line.dump(-1, ' ', true, Json::error_handler_t::replace) << std::endl;
    if (!lines) return absl::UnavailableError(absl::StrCat("cannot write ", log));
    if (line.contains("error")) ++failed;
  }
  if (failed > 0) {
    return absl::AbortedError(absl::StrCat(failed, " of ", grid.trials.size(),
                                           " trials failed, for the reasons in ", log,
                                           "; the same command tries them again"));
  }
  streams.out << log << "\n";
  return absl::OkStatus();
}

}  // namespace

Command AddSearchCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "search", "Train a model for every combination of some values of a recipe's fields");
  parser->add_option("RECIPE", options->recipe, "The recipe that is varied")->required();
  parser
      ->add_option("GRID", options->grid,
                   "JSON: the values to try, and commands to run on each model")
      ->required();
  parser
      ->add_option("--output", options->folder,
                   "Where the log trials.jsonl goes, a line a trial, and the models")
      ->capture_default_str()
      ->type_name("FOLDER");
  parser->add_option("--data", options->data, "As of train")->type_name("FOLDER");
  parser->add_option("--threads", options->threads, "As of train")->check(CLI::Range(1, 256));
  parser->add_flag("--quick", options->quick, "As of train");
  parser->footer(
      "Trials that the log has are left out, and one that was stopped goes on from its "
      "checkpoint:\n"
      "after a stop of any kind the same command goes on. A trial that fails is logged with its\n"
      "error, the others are run, the exit code is 1, and the same command tries it again. With\n"
      "`finetune` in the recipe each model is fine-tuned, too.\n"
      "A grid, MODEL standing for the file of the trial:\n"
      "  {\"vary\": {\"/layers/0/contraction\": [2, 5], \"/seed\": [1, 2, 3]},\n"
      "   \"then\": [[\"evaluate\", \"MODEL\", \"--on\", \"validation\", \"--json\"]]}\n"
      "Examples:\n"
      "  cae-train search trainer/recipes/mnist-cae1.json grid.json --output search");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
