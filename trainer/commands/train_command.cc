#include <memory>

#include "core/base/status_macros.h"
#include "core/io/model_file.h"
#include "trainer/baselines/baseline_training.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/run_flags.h"
#include "trainer/model/model_training.h"
#include "trainer/model/stage_plans.h"

namespace cae {
namespace {

absl::Status TrainAndSave(const RunContext& context, const std::string& output) {
  const StorageType storage = StorageOf(context.recipe);
  if (context.recipe.rbms_size() > 0) {
    CAE_ASSIGN_OR_RETURN(const Baseline baseline,
                         TrainBaseline(context.recipe, context.data, context.split, context.run));
    return SaveBaselineFile(output, baseline, storage);
  }
  CAE_ASSIGN_OR_RETURN(const ModelParameters model,
                       TrainModel(context.recipe, context.data, context.split, context.run));
  return SaveModelFile(output, model, storage);
}

absl::Status Run(const RunFlags& flags, Streams& streams) {
  return WithRunContext(flags, {"train", ""}, streams,
                        [&](const RunContext& context) -> absl::Status {
                          CAE_RETURN_IF_ERROR(TrainAndSave(context, flags.output));
                          streams.out << flags.output << "\n";
                          return absl::OkStatus();
                        });
}

}  // namespace

Command AddTrainCommand(CLI::App& cae_train) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* parser = cae_train.add_subcommand(
      "train", "Train the layers of a model, one after the other, and write a model file");
  AddRunFlags(*parser, *flags);
  parser->footer(
      "Prints the name of the file. Stopped by a signal or by a full disk it leaves an earlier\n"
      "file as it was. A recipe with `rbms` makes a baseline, which no server loads.\n"
      "Examples:\n"
      "  cae-train train trainer/recipes/mnist-cae1.json --output mnist-cae1.safetensors\n"
      "  cae-train train trainer/recipes/dbn.textproto --output dbn.safetensors\n"
      "  cae-train train trainer/recipes/mnist-cae1.json --quick --output /tmp/try.safetensors\n"
      "  cae-train train my.json --seed 7 --epochs 5 --log epochs.jsonl --output my.safetensors\n"
      "  cae-train train my.json --checkpoint my.checkpoint --output my.safetensors\n"
      "  cae-train train my.json --checkpoint my.checkpoint --resume --output my.safetensors");
  return {parser, [flags](Streams& streams) { return Run(*flags, streams); }};
}

}  // namespace cae
