#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/io/model_file.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/exit_code.h"
#include "trainer/commands/run_flags.h"
#include "trainer/model/held_out_rows.h"
#include "trainer/model/model_training.h"
#include "trainer/model/stage_plans.h"

namespace cae {
namespace {

struct Options {
  RunFlags run;
  std::string model;
};

// The validation error chooses the epoch, and is printed as one on rows that nothing has seen.
void WarnOfKnownRows(const Options& options, const Recipe& recipe, const ModelCard& card,
                     Streams& streams) {
  const Index wanted = recipe.validation_rows(), kept = HeldOutRows(card.training);
  if (kept >= wanted) return;
  streams.err << "cae-train: " << options.run.recipe << " keeps " << wanted
              << " rows apart, but by " << options.model << " its layers have kept "
              << (kept > 0 ? absl::StrCat("only ", kept) : "none")
              << " apart: they may know the others, without their labels\n";
}

absl::Status Run(const Options& options, Streams& streams) {
  CAE_ASSIGN_OR_RETURN(ModelFile file, LoadModelFile(options.model));
  const RunSubject subject = {"finetune", file.digest};
  return WithRunContext(
      options.run, subject, streams, [&](const RunContext& context) -> absl::Status {
        if (!context.recipe.has_finetune()) {
          return Usage(absl::InvalidArgumentError(
              absl::StrCat(options.run.recipe,
                           ": 1 fault:\n  /finetune: is missing; it says how to fine-tune")));
        }
        CAE_RETURN_IF_ERROR(
            CheckLayers(options.run, options.model, context.recipe, file.parameters));
        WarnOfKnownRows(options, context.recipe, file.parameters.card, streams);
        CAE_ASSIGN_OR_RETURN(const ClassifierScores scores,
                             FinetuneModel(context.recipe, context.data, context.split, context.run,
                                           file.parameters));
        CAE_RETURN_IF_ERROR(
            SaveModelFile(options.run.output, file.parameters, StorageOf(context.recipe)));
        streams.out << options.run.output;
        if (scores.validation_error.has_value()) {
          streams.out << absl::StreamFormat("  validation error %.2f%%",
                                            100 * *scores.validation_error);
        }
        streams.out << absl::StreamFormat("  test error %.2f%%\n", 100 * scores.test_error);
        return absl::OkStatus();
      });
}

}  // namespace

Command AddFinetuneCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "finetune", "Give a model a classifier that is trained through the whole stack");
  AddRunFlags(*parser, options->run);
  parser->add_option("--model", options->model, "The model to start from; may be the output, too")
      ->required()
      ->type_name("FILE");
  parser->footer(
      "The encoder stays as it is: the classifier has a copy of its layers. Prints the name of\n"
      "the file and the errors on validation and test rows.\n"
      "Examples:\n"
      "  cae-train finetune trainer/recipes/mnist-cae1.json --model mnist-cae1.safetensors \\\n"
      "    --output mnist-cae1.safetensors\n"
      "  cae-train finetune my.json --model my.safetensors --checkpoint /var/tmp --resume \\\n"
      "    --output my-classes.safetensors");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
