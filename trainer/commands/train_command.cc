#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/model_file.h"
#include "trainer/baselines/baseline_training.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/exit_code.h"
#include "trainer/commands/run_flags.h"
#include "trainer/model/model_training.h"
#include "trainer/model/stage_plans.h"

namespace cae {
namespace {

struct Options {
  RunFlags run;
  std::string model;  // to start from; empty = none
};

absl::Status CheckStart(const Options& options, const Recipe& recipe, const ModelFile& start) {
  if (recipe.rbms_size() > 0 || !recipe.has_joint()) {
    return Usage(absl::InvalidArgumentError(
        absl::StrCat(options.run.recipe,
                     ": 1 fault:\n  /joint: is missing; it says how to train on from --model")));
  }
  return CheckLayers(options.run, options.model, recipe, start.parameters);
}

absl::Status TrainAndSave(const RunContext& context, const std::string& output,
                          const ModelFile* start) {
  const StorageType storage = StorageOf(context.recipe);
  if (context.recipe.rbms_size() > 0) {
    CAE_ASSIGN_OR_RETURN(const Baseline baseline,
                         TrainBaseline(context.recipe, context.data, context.split, context.run));
    return SaveBaselineFile(output, baseline, storage);
  }
  CAE_ASSIGN_OR_RETURN(const ModelParameters model,
                       TrainModel(context.recipe, context.data, context.split, context.run, start));
  return SaveModelFile(output, model, storage);
}

absl::Status Run(const Options& options, Streams& streams) {
  std::optional<ModelFile> start;
  if (!options.model.empty()) {
    CAE_ASSIGN_OR_RETURN(start, LoadModelFile(options.model));
  }
  const RunSubject subject = {"train", start.has_value() ? start->digest : ""};
  return WithRunContext(
      options.run, subject, streams, [&](const RunContext& context) -> absl::Status {
        if (start.has_value()) CAE_RETURN_IF_ERROR(CheckStart(options, context.recipe, *start));
        CAE_RETURN_IF_ERROR(
            TrainAndSave(context, options.run.output, start.has_value() ? &*start : nullptr));
        streams.out << options.run.output << "\n";
        return absl::OkStatus();
      });
}

}  // namespace

Command AddTrainCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "train",
      "Train the layers of a model, one after the other and then jointly, and write a model file");
  AddRunFlags(*parser, options->run);
  parser
      ->add_option("--model", options->model,
                   "Start from the layers of this model: only `joint` is left to do")
      ->type_name("FILE");
  parser->footer(
      "Prints the name of the file. Stopped by a signal or by a full disk it leaves an earlier\n"
      "file as it was. A recipe with `rbms` makes a baseline, which no server loads.\n"
      "Examples:\n"
      "  cae-train train trainer/recipes/mnist-cae1.json --output mnist-cae1.safetensors\n"
      "  cae-train train trainer/recipes/dbn.textproto --output dbn.safetensors\n"
      "  cae-train train trainer/recipes/mnist-cae1.json --quick --output /tmp/try.safetensors\n"
      "  cae-train train my.json --seed 7 --epochs 5 --log epochs.jsonl --output my.safetensors\n"
      "  cae-train train walkback.json --model plain.safetensors --output walkback.safetensors\n"
      "  cae-train train my.json --checkpoint my.checkpoint --output my.safetensors\n"
      "  cae-train train my.json --checkpoint my.checkpoint --resume --output my.safetensors");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
