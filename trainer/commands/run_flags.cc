#include "trainer/commands/run_flags.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "trainer/checkpoint/training_fingerprint.h"
#include "trainer/commands/common_options.h"
#include "trainer/commands/exit_code.h"
#include "trainer/model/stage_plans.h"
#include "trainer/reporting/epoch_log.h"
#include "trainer/reporting/progress_line.h"
#include "trainer/training/denormals.h"
#include "trainer/training/interrupt.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxRecipeBytes = 1 << 20;
// A run may go on with others, at its user's word: each step takes them anew.
constexpr char kLearningRates[] = "learning rates";

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
absl::Status CheckFolderOf(const std::string& output) {
  std::filesystem::path folder = std::filesystem::path(output).parent_path();
  if (folder.empty()) folder = ".";
  if (access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("cannot write ", output, ": folder ", folder.string()));
}

// Of all stages of the recipe, which loses them.
std::string TakeLearningRates(Recipe& recipe) {
  std::vector<std::string> stages;
  const auto take = [&stages](absl::string_view name, auto& stage) {
    // The shortest words that read back as the same number.
    stages.push_back(absl::StrCat(name, " ", nlohmann::json(stage.learning_rate()).dump()));
    stage.clear_learning_rate();
  };
  for (int l = 0; l < recipe.layers_size(); ++l) {
    take(absl::StrCat("layer ", l + 1), *recipe.mutable_layers(l));
  }
  for (int l = 0; l < recipe.rbms_size(); ++l) {
    take(absl::StrCat("rbm ", l + 1), *recipe.mutable_rbms(l));
  }
  if (recipe.has_joint()) take("joint", *recipe.mutable_joint());
  if (recipe.has_finetune()) take("classifier", *recipe.mutable_finetune());
  return absl::StrJoin(stages, ", ");
}

// All that the bits of the model depend on, in the order in which a user would look for it.
RunIdentity IdentityOf(const RunSubject& subject, const Recipe& recipe, const DataSet& data,
                       const DataSplit& split) {
  Recipe what = recipe;  // whatever it is called
  what.clear_name();
  what.clear_seed();
  const std::string rates = TakeLearningRates(what);
  RunIdentity identity = {{"command", subject.command},
                          {"seed", absl::StrCat(recipe.seed())},
                          {"recipe", SerializeRecipe(what)},
                          {kLearningRates, rates},
                          {"training rows", absl::StrCat(split.training.rows.rows())},
                          {"validation rows", absl::StrCat(split.validation.rows.rows())},
                          {"model", subject.model_digest}};
  for (const auto& [file, digest] : data.digests) identity.emplace_back(file, digest);
  identity.emplace_back("numeric fingerprint of program and processor", TrainingFingerprint());
  return identity;
}

// nullptr without --checkpoint.
absl::StatusOr<std::unique_ptr<RunCheckpoints>> OpenCheckpoints(const RunFlags& flags,
                                                                const RunSubject& subject,
                                                                RunIdentity identity,
                                                                Streams& streams) {
  if (flags.checkpoint.empty()) return nullptr;
  std::string path = flags.checkpoint;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    path = (std::filesystem::path(path) / absl::StrCat(subject.command, ".checkpoint")).string();
  }
  CAE_RETURN_IF_ERROR(CheckFolderOf(path));
  std::vector<std::string> may_differ;
  if (flags.new_rates) may_differ.emplace_back(kLearningRates);
  CAE_ASSIGN_OR_RETURN(std::unique_ptr<RunCheckpoints> checkpoints,
                       RunCheckpoints::Open({path, flags.checkpoint_every, flags.resume,
                                             std::move(identity), std::move(may_differ)}));
  if (flags.resume && !checkpoints->resuming()) {
    streams.err << "no checkpoint at " << path << ": starting from the beginning\n";
  }
  if (!checkpoints->changes().empty()) {
    streams.err << "going on from " << path << " with other " << checkpoints->changes() << "\n";
  }
  return checkpoints;
}

// Where the run goes on, so does its log: lines of epochs that will be run again go. A run may be
// resumed with another log, or without one (nullptr).
absl::Status KeepLogInStep(EpochLog* log, RunCheckpoints& checkpoints) {
  return checkpoints.AddRunState([log](StateArchive& archive) {
    const std::string here =
        log == nullptr ? "" : std::filesystem::absolute(log->path()).lexically_normal().string();
    std::string path = here;
    std::int64_t bytes = log == nullptr ? 0 : log->bytes();
    archive.Text("log.path", path);
    archive.Integer("log.bytes", bytes);
    if (archive.restoring() && log != nullptr && path == here) log->CutTo(bytes);
  });
}

// Says of a run that failed what is left of it.
absl::Status Concluded(const absl::Status& status, RunCheckpoints* checkpoints) {
  if (checkpoints == nullptr || (!status.ok() && !checkpoints->saved())) return status;
  if (status.ok()) {
    checkpoints->Remove();
    return status;
  }
  // A run that overflowed does so again from there: the bits are the same.
  const char* advice = absl::IsOutOfRange(status)
                           ? ", from where it would end the same way; with a smaller rate in the "
                             "recipe --resume --new-rates goes on from it"
                           : ", --resume goes on from it";
  return absl::Status(status.code(), absl::StrCat(status.message(), "; the last good state is in ",
                                                  checkpoints->path(), advice));
}

std::string UnitsOf(const Recipe& recipe) {
  return absl::StrJoin(recipe.layers(), "-", [](std::string* out, const recipe::v1::Layer& layer) {
    absl::StrAppend(out, layer.units());
  });
}

std::string UnitsOf(const ModelParameters& model) {
  return absl::StrJoin(model.layers, "-", [](std::string* out, const LayerParameters& layer) {
    absl::StrAppend(out, layer.units());
  });
}

std::string KindOf(Activation encoder, Activation decoder, bool tied) {
  return absl::StrCat(ActivationName(encoder), " with a decoder that is ", ActivationName(decoder),
                      tied ? " and tied" : " and untied");
}

std::string KindOf(const LayerPlan& plan) {
  return KindOf(plan.activation, plan.decoder_activation, plan.tied);
}

std::string KindOf(const LayerParameters& layer) {
  return KindOf(layer.encoder.activation, layer.decoder_activation, layer.tied());
}

}  // namespace

void AddRunFlags(CLI::App& parser, RunFlags& flags) {
  parser
      .add_option("RECIPE", flags.recipe,
                  "The recipe: JSON or protobuf text format, as in trainer/recipes/")
      ->required();
  parser.add_option("--output", flags.output, "The model file to write, atomically")
      ->capture_default_str()
      ->type_name("FILE");
  AddDataOption(parser, flags.data_folder);
  parser
      .add_option("--log", flags.log,
                  "Append one line of JSON an epoch to this file; a file for each run")
      ->type_name("FILE");
  AddThreadsOption(parser, flags.threads,
                   "Threads; the model is the same, bit for bit, with any number");
  parser.add_option("--seed", flags.overrides.seed, "Instead of the recipe's seed");
  parser
      .add_option("--epochs", flags.overrides.epochs, "Instead of the recipe's epochs, everywhere")
      ->check(CLI::Range(1, 10'000));
  parser.add_flag("--quick", flags.overrides.quick,
                  "One epoch on 5,000 rows, to try a recipe out in seconds");
  CLI::Option* checkpoint =
      parser
          .add_option("--checkpoint", flags.checkpoint,
                      "Keep the state of the run in this file (or in this folder)\n"
                      "until it is through, and when a signal stops it")
          ->type_name("FILE");
  parser
      .add_option("--checkpoint-every", flags.checkpoint_every,
                  "Epochs from one checkpoint to the next")
      ->check(CLI::Range(1, 10'000))
      ->needs(checkpoint)
      ->capture_default_str();
  parser
      .add_flag("--resume", flags.resume,
                "Go on from the checkpoint, if there is one: the model will be\n"
                "the same, bit for bit, as without the stop")
      ->needs(checkpoint);
  parser
      .add_flag("--new-rates", flags.new_rates,
                "With --resume: go on at the recipe's learning rates, though the\n"
                "checkpoint was made at others, as after an overflow")
      ->needs("--resume");
}

absl::Status WithRunContext(const RunFlags& flags, const RunSubject& subject, Streams& streams,
                            const std::function<absl::Status(const RunContext&)>& run) {
  CAE_ASSIGN_OR_RETURN(const Recipe recipe, LoadRecipe(flags));
  CAE_RETURN_IF_ERROR(CheckFolderOf(flags.output));
  std::string folder = flags.data_folder;
  if (folder.empty()) {
    CAE_ASSIGN_OR_RETURN(folder, DefaultDataFolder());
  }
  CAE_ASSIGN_OR_RETURN(const DataSet data, LoadDataSet(recipe.data(), folder));
  absl::StatusOr<DataSplit> split = SplitData(data, recipe, flags.overrides.quick);
  if (!split.ok()) {
    return Usage(
        absl::InvalidArgumentError(absl::StrCat(flags.recipe, ": ", split.status().message())));
  }
  // All threads of a run round alike, those of the fingerprint too.
  FlushDenormals();
  CAE_ASSIGN_OR_RETURN(
      const std::unique_ptr<RunCheckpoints> checkpoints,
      OpenCheckpoints(flags, subject, IdentityOf(subject, recipe, data, *split), streams));
  ObserverList observers;
  ProgressLine progress(streams.err, streams.err_is_terminal);
  observers.Add(&progress);
  std::unique_ptr<EpochLog> log;
  if (!flags.log.empty()) {
    CAE_ASSIGN_OR_RETURN(log, EpochLog::Open(flags.log));
    observers.Add(log.get());
  }
  if (checkpoints != nullptr) CAE_RETURN_IF_ERROR(KeepLogInStep(log.get(), *checkpoints));
  InterruptGuard interrupt;
  observers.Add(&interrupt);
  ThreadPool pool(flags.threads, FlushDenormals);
  const ModelRun model_run = {pool, observers, checkpoints.get()};
  return Concluded(run({recipe, data, *split, model_run}), checkpoints.get());
}

absl::Status CheckLayers(const RunFlags& flags, const std::string& model_file, const Recipe& recipe,
                         const ModelParameters& model) {
  const auto differ = [&](const std::string& wanted, const std::string& there) {
    return Usage(absl::InvalidArgumentError(
        absl::StrCat(flags.recipe, " is for ", wanted, ", but ", model_file, " has ", there,
                     "; take the recipe that the model was trained by")));
  };
  if (UnitsOf(recipe) != UnitsOf(model)) {
    return differ(absl::StrCat("layers of ", UnitsOf(recipe), " units"), UnitsOf(model));
  }
  for (int l = 0; l < recipe.layers_size(); ++l) {
    const std::string wanted = KindOf(LayerPlanOf(recipe, l));
    const std::string there = KindOf(model.layers[static_cast<std::size_t>(l)]);
    if (wanted != there) return differ(absl::StrCat("a layer ", l + 1, " that is ", wanted), there);
  }
  const auto data = model.card.training.find("data");
  if (data != model.card.training.end() && data->second != recipe.data()) {
    return differ(absl::StrCat("the data ", recipe.data()), absl::StrCat("learned ", data->second));
  }
  return absl::OkStatus();
}

}  // namespace cae
