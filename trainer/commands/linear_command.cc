#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/model_file.h"
#include "trainer/baselines/baseline.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/common_options.h"
#include "trainer/commands/exit_code.h"
#include "trainer/data/data_set.h"
#include "trainer/evaluation/estimate.h"
#include "trainer/linear/linear_classifier.h"
#include "trainer/linear/linear_features.h"
#include "trainer/model/data_split.h"
#include "trainer/model/held_out_rows.h"
#include "trainer/recipe/recipe.h"
#include "trainer/training/interrupt.h"

namespace cae {
namespace {

using Json = nlohmann::json;
using Notes = std::map<std::string, std::string>;

struct Options {
  std::string model, data, data_folder;
  int threads = 1;
  bool quick = false, json = false;
};

// What features are made with; neither for raw rows.
struct Encoder {
  std::shared_ptr<const Autoencoder> model;
  RbmStack stack;
  Notes training;

  Matrix Features(ConstMatrixView rows, ThreadPool& pool) const {
    return model != nullptr ? RawAndCodes(*model, rows, pool) : RawAndCodes(stack, rows, pool);
  }
};

absl::StatusOr<Encoder> LoadEncoder(const std::string& path) {
  Encoder encoder;
  if (path.empty()) return encoder;
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxModelFileBytes));
  if (IsBaselineFile(bytes)) {
    CAE_ASSIGN_OR_RETURN(Baseline baseline, LoadBaselineFile(path));
    encoder.stack = std::move(baseline.machines);
    encoder.training = std::move(baseline.training);
    return encoder;
  }
  CAE_ASSIGN_OR_RETURN(ModelFile file, LoadModelFile(path));
  CAE_ASSIGN_OR_RETURN(encoder.model, Autoencoder::Create(std::move(file.parameters)));
  encoder.training = encoder.model->card().training;
  return encoder;
}

// The recipe that the encoder was made by, so that its validation rows are ours; else a recipe of
// which only data and validation rows matter.
Recipe RecipeOf(const Options& options, const Encoder& encoder) {
  const auto text = encoder.training.find("recipe");
  absl::StatusOr<Recipe> parsed =
      text == encoder.training.end() ? absl::NotFoundError("") : ParseRecipe(text->second);
  Recipe recipe = parsed.ok() ? *std::move(parsed) : Recipe();
  if (!options.data.empty()) recipe.set_data(options.data);
  return recipe;
}

struct Result {
  LinearChoice choice;
  Index features = 0;
  Estimate validation, test;
};

absl::StatusOr<Result> Judge(const Encoder& encoder, const DataSet& data, const DataSplit& split,
                             const LinearTrainingOptions& options, ThreadPool& pool,
                             Streams& streams) {
  const auto classes = static_cast<Index>(data.class_labels.size());
  const Matrix training = encoder.Features(split.training.rows, pool);
  const Matrix validation = encoder.Features(split.validation.rows, pool);
  const Matrix test = encoder.Features(data.test.rows, pool);
  const LabelledRows validation_rows = {validation, split.validation.labels};
  const LabelledRows test_rows = {test, data.test.labels};
  CAE_ASSIGN_OR_RETURN(
      LinearChoice choice,
      ChooseLinearClassifier({training, split.training.labels}, validation_rows, classes, options,
                             pool, [&](const LinearTrial& trial) {
                               streams.err << absl::StreamFormat(
                                   "regularisation %-8.2g validation error %.2f%%, %d iterations\n",
                                   trial.regularisation, 100 * trial.validation_error,
                                   trial.iterations);
                             }));
  const auto error = [&](const LabelledRows& rows) {
    return EstimateShare(WrongRows(choice.classifier, rows, pool), rows.rows.rows());
  };
  const Estimate on_validation = error(validation_rows), on_test = error(test_rows);
  return Result{std::move(choice), training.cols(), on_validation, on_test};
}

void Print(const Options& options, const Result& result, Streams& streams) {
  if (options.json) {
    Json trials = Json::array();
    for (const LinearTrial& trial : result.choice.trials) {
      trials.push_back({{"regularisation", trial.regularisation},
                        {"validation_error", trial.validation_error},
                        {"iterations", trial.iterations}});
    }
    streams.out << Json{{"features", result.features},
                        {"regularisation", result.choice.regularisation},
                        {"validation_error", result.validation},
                        {"test_error", result.test},
                        {"trials", trials}}
                       .dump(2)
                << "\n";
    return;
  }
  streams.out << absl::StreamFormat(
      "features          %d\nregularisation    %.2g\n"
      "validation error  %.2f ± %.2f %%\ntest error        %.2f ± %.2f %%\n",
      result.features, result.choice.regularisation, 100 * result.validation.mean,
      100 * result.validation.standard_error, 100 * result.test.mean,
      100 * result.test.standard_error);
}

absl::Status Run(Options options, Streams& streams) {
  CAE_ASSIGN_OR_RETURN(const Encoder encoder, LoadEncoder(options.model));
  Recipe recipe = RecipeOf(options, encoder);
  if (recipe.validation_rows() == 0) {
    return Usage(absl::InvalidArgumentError(
        absl::StrCat(options.model, ": its recipe kept no validation rows to choose by")));
  }
  if (!options.model.empty() && HeldOutRows(encoder.training) == 0) {
    streams.err << "warning: " << options.model
                << " does not say which rows it has not been trained on; the last "
                << recipe.validation_rows() << " are taken, whose errors may be too small\n";
  }
  if (options.data_folder.empty()) {
    CAE_ASSIGN_OR_RETURN(options.data_folder, DefaultDataFolder());
  }
  CAE_ASSIGN_OR_RETURN(const DataSet data, LoadDataSet(recipe.data(), options.data_folder));
  // Raw rows have no recipe; of MNIST these are the 10,000 that recipes keep apart.
  if (options.model.empty()) {
    recipe.set_validation_rows(static_cast<std::uint32_t>((data.training.rows.rows() + 5) / 6));
  }
  CAE_ASSIGN_OR_RETURN(const DataSplit split, SplitData(data, recipe, options.quick));
  CAE_RETURN_IF_ERROR(CheckLabels(data.name, split.training, "a linear classifier"));
  const Index inputs = encoder.model != nullptr ? encoder.model->input_units()
                       : encoder.stack.empty()  ? split.training.rows.cols()
                                                : encoder.stack.front().visible_units();
  if (inputs != split.training.rows.cols()) {
    return Usage(absl::InvalidArgumentError(absl::StrCat(options.model, ": takes rows of ", inputs,
                                                         " numbers; those of ", data.name, " have ",
                                                         split.training.rows.cols())));
  }
  const InterruptGuard interrupt;
  LinearTrainingOptions training;
  training.check = [&] { return interrupt.Check(); };
  ThreadPool pool(options.threads);
  CAE_ASSIGN_OR_RETURN(const Result result, Judge(encoder, data, split, training, pool, streams));
  Print(options, result, streams);
  return absl::OkStatus();
}

}  // namespace

Command AddLinearCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "linear", "Judge the features of a model or a baseline by a linear classifier");
  parser->add_option("MODEL", options->model,
                     "The file of a model or a baseline; without one, raw rows are judged");
  parser
      ->add_option("--data-set", options->data,
                   "The data set (default: that of the model, or mnist)")
      ->type_name("NAME");
  AddDataOption(*parser, options->data_folder);
  AddThreadsOption(*parser, options->threads);
  parser->add_flag("--quick", options->quick, "Only 5,000 rows, to try things out in seconds");
  parser->add_flag("--json", options->json, "Print one JSON object");
  parser->footer(
      "A support vector machine with squared hinge loss, each class against the rest, on the rows\n"
      "and the codes of all layers. The regularisation with the smallest error on validation rows\n"
      "is taken; neither these nor test rows are trained on.\n"
      "Examples:\n"
      "  cae-train linear\n"
      "  cae-train linear models/mnist-cae2/1/model.safetensors\n"
      "  cae-train linear dbn.safetensors --json");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
