#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/image_grid.h"
#include "core/io/model_file.h"
#include "core/io/png.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/common_options.h"
#include "trainer/commands/exit_code.h"
#include "trainer/commands/inner_command.h"
#include "trainer/data/data_set.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/model/data_split.h"
#include "trainer/model/held_out_rows.h"
#include "trainer/reporting/progress_bar.h"

namespace cae {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string model;
  std::string data_folder;
  std::string part = "test";
  std::string picture;
  std::string samples, judge_recipe;
  Index rows = 0;
  EvaluationOptions evaluation;
  int threads = 1;
  bool json = false;
  bool quick = false;
};

// That neither the encoder nor the classifier has been trained on; 0 = nobody knows.
Index RowsKeptApart(const ModelCard& card) {
  const Index kept = HeldOutRows(card.training);
  const bool tuned = card.training.count("finetune_recipe") > 0;
  return tuned ? std::min(kept, HeldOutRows(card.training, "finetune_recipe")) : kept;
}

// The rows that the model's own recipes have kept apart.
absl::StatusOr<LabelledRows> ChosenRows(const Options& options, const ModelCard& card,
                                        const DataSet& data) {
  const bool test = options.part == "test";
  const LabelledExamples& examples = test ? data.test : data.training;
  const Index all = examples.rows.rows();
  Index first = 0;
  if (!test) {
    const Index kept = RowsKeptApart(card);
    if (kept == 0 || kept > all) {
      return absl::FailedPreconditionError(absl::StrCat(
          options.model,
          ": its card names no recipe with validation rows of this data; use --on test"));
    }
    first = all - kept;
  }
  const Index count = options.rows == 0 ? all - first : std::min(options.rows, all - first);
  return RowsOf(examples, first, count);
}

// Rows and, below each, what the model makes of it.
absl::Status WritePicture(const std::string& path, const Autoencoder& model,
                          const LabelledRows& data) {
  constexpr Index kColumns = 12;
  const std::vector<std::int64_t>& shape = model.card().input_shape;
  if (shape.size() != 2) {
    return absl::InvalidArgumentError("--output: the rows of this model are no images");
  }
  const Index columns = std::min(kColumns, data.rows.rows());
  Matrix images(2 * columns, model.input_units());
  images.topRows(columns) = data.rows.topRows(columns);
  Vector losses(columns);
  Workspace workspace;
  model.Reconstruct(Rows(data.rows, 0, columns), Rows(MatrixView(images), columns, columns), losses,
                    workspace);
  CAE_ASSIGN_OR_RETURN(const Image grid, GreyImageGrid(images, {shape[0], shape[1], columns}));
  CAE_ASSIGN_OR_RETURN(const std::string png, SerializePng(grid));
  return WriteFileAtomically(path, png);
}

Json ToJson(const std::string& part, const Evaluation& evaluation) {
  Json codes = Json::array(), spectrum = Json::array();
  for (const CodeStatistics& layer : evaluation.codes) {
    codes.push_back({{"mean", layer.mean}, {"saturated", layer.saturated}, {"dead", layer.dead}});
  }
  for (const SpectrumPoint& point : SummariseSpectrum(evaluation.spectrum)) {
    spectrum.push_back({{"k", point.k},
                        {"mean", point.mean},
                        {"q10", point.low},
                        {"median", point.median},
                        {"q90", point.high}});
  }
  return {{"on", part},
          {"reconstruction", evaluation.reconstruction},
          {"contraction", evaluation.contraction},
          {"codes", codes},
          {"error", evaluation.error.has_value() ? Json(*evaluation.error) : Json()},
          {"spectrum", {{"rows", evaluation.spectrum.rows()}, {"singular_values", spectrum}}}};
}

void PrintTable(const std::string& part, const Evaluation& evaluation, bool cross_entropy,
                std::ostream& out) {
  const auto line = [&out](absl::string_view what, const Estimate& estimate, double scale,
                           absl::string_view unit) {
    out << absl::StreamFormat("%-22s %10.4g ± %-9.2g %-6s %8d\n", what, scale * estimate.mean,
                              scale * estimate.standard_error, unit, estimate.rows);
  };
  out << absl::StreamFormat("%-22s %10s   %-9s %-6s %8s\n", absl::StrCat("on ", part, " rows"),
                            "mean", "std.err.", "", "rows");
  line(cross_entropy ? "reconstruction loss" : "half squared error", evaluation.reconstruction, 1,
       cross_entropy ? "nats" : "");
  line("squared norm of J", evaluation.contraction, 1, "");
  if (evaluation.error.has_value()) line("classification error", *evaluation.error, 100, "%");
  out << "\ncodes        mean   saturated   dead units\n";
  for (std::size_t l = 0; l < evaluation.codes.size(); ++l) {
    const CodeStatistics& layer = evaluation.codes[l];
    out << absl::StreamFormat("layer %-3d  %7.4f  %9.2f%%  %10.2f%%\n", l + 1, layer.mean,
                              100 * layer.saturated, 100 * layer.dead);
  }
  if (evaluation.spectrum.rows() == 0) return;
  out << absl::StreamFormat(
      "\nsingular values of J, %d rows\n   k      mean       10%%    median       90%%\n",
      evaluation.spectrum.rows());
  const std::vector<SpectrumPoint> points = SummariseSpectrum(evaluation.spectrum);
  for (const SpectrumPoint& point : points) {
    // Powers of two and the last: a spectrum falls slowly.
    const bool shown = (point.k & (point.k - 1)) == 0 || point.k == points.back().k;
    if (!shown) continue;
    out << absl::StreamFormat("%4d  %8.4f  %8.4f  %8.4f  %8.4f\n", point.k, point.mean, point.low,
                              point.median, point.high);
  }
}

// What `cae-train evaluate-samples` says of the model's chains.
absl::StatusOr<std::string> EvaluateSamples(const Options& options, Streams& streams) {
  std::vector<std::string> words = {"evaluate-samples",
                                    options.model,
                                    "--on",
                                    options.part,
                                    "--output",
                                    options.samples,
                                    "--data",
                                    options.data_folder,
                                    "--threads",
                                    absl::StrCat(options.threads)};
  if (options.json) words.emplace_back("--json");
  if (options.quick) words.emplace_back("--quick");
  if (!options.judge_recipe.empty()) {
    words.insert(words.end(), {"--judge-recipe", options.judge_recipe});
  }
  const InnerResult result = RunInnerCommand(words, streams);
  if (result.stopped) return absl::CancelledError(result.reason);
  if (result.exit_code == 2) return Usage(absl::InvalidArgumentError(result.reason));
  if (result.exit_code != 0) return absl::UnknownError(result.reason);
  return result.out;
}

absl::Status Run(Options options, Streams& streams) {
  CAE_ASSIGN_OR_RETURN(ModelFile file, LoadModelFile(options.model));
  CAE_ASSIGN_OR_RETURN(const std::shared_ptr<const Autoencoder> model,
                       Autoencoder::Create(std::move(file.parameters)));
  if (options.data_folder.empty()) {
    CAE_ASSIGN_OR_RETURN(options.data_folder, DefaultDataFolder());
  }
  const auto name = model->card().training.find("data");
  CAE_ASSIGN_OR_RETURN(const DataSet data,
                       LoadDataSet(name == model->card().training.end() ? "mnist" : name->second,
                                   options.data_folder));
  CAE_ASSIGN_OR_RETURN(const LabelledRows rows, ChosenRows(options, model->card(), data));
  if (streams.err_is_terminal) {
    options.evaluation.on_progress = [&](const char* part, Index done, Index all) {
      streams.err << absl::StreamFormat("\r%-9s %s  ", part, ProgressBar(done, all)) << std::flush;
    };
  }
  ThreadPool pool(options.threads);
  CAE_ASSIGN_OR_RETURN(const Evaluation evaluation,
                       EvaluateModel(*model, rows, options.evaluation, pool));
  if (streams.err_is_terminal) streams.err << "\r" << std::string(60, ' ') << "\r";
  if (!options.picture.empty()) {
    CAE_RETURN_IF_ERROR(WritePicture(options.picture, *model, rows));
  }
  std::string samples;
  if (!options.samples.empty()) {
    CAE_ASSIGN_OR_RETURN(samples, EvaluateSamples(options, streams));
  }
  if (options.json) {
    Json all = ToJson(options.part, evaluation);
    if (!samples.empty()) all["samples"] = Json::parse(samples);
    streams.out << all.dump(2) << "\n";
  } else {
    const Activation output = model->parameters().layers.front().decoder_activation;
    PrintTable(options.part, evaluation, output == Activation::kLogistic, streams.out);
    if (!samples.empty()) {
      streams.out << "\n" << samples;
    } else if (data.input_shape.size() == 2 && !data.test.labels.empty()) {
      streams.out << "\n--samples FOLDER judges its samples, too\n";
    }
  }
  return absl::OkStatus();
}

}  // namespace

Command AddEvaluateCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "evaluate", "Measure a model on rows that it has not been trained on");
  EvaluationOptions& evaluation = options->evaluation;
  parser->add_option("MODEL", options->model, "The model file")->required();
  parser->add_option("--on", options->part, "Which rows: test or validation")
      ->check(CLI::IsMember({"test", "validation"}))
      ->capture_default_str();
  AddDataOption(*parser, options->data_folder);
  parser->add_option("--rows", options->rows, "Only the first so many of them")
      ->check(CLI::Range(1, 1'000'000'000));
  parser
      ->add_option("--spectrum-rows", evaluation.spectrum_rows,
                   "Rows whose Jacobian is decomposed, 0.7 s each for 1000 x 784; 0 = none")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  parser->add_option("--rank", evaluation.rank, "Singular values a row")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str();
  parser->add_option("--output", options->picture, "Write rows above their reconstructions")
      ->check([](const std::string& path) {
        return absl::EndsWith(path, ".png") ? "" : "'" + path + "' is no .png";
      })
      ->type_name("FILE.png");
  parser
      ->add_option(
          "--samples", options->samples,
          "Judge its samples, too, as evaluate-samples does, a minute or two; tables, plots\n"
          "and pictures of chains go there")
      ->type_name("FOLDER");
  parser
      ->add_option("--judge-recipe", options->judge_recipe,
                   "Of the judge of --samples (default: trainer/recipes/judge.textproto)")
      ->needs("--samples")
      ->type_name("RECIPE");
  parser->add_flag("--quick", options->quick, "Of --samples: a tenth of the images")
      ->needs("--samples");
  AddThreadsOption(*parser, options->threads);
  parser->add_flag("--json", options->json, "Print one JSON object");
  parser->footer(
      "Reconstruction loss, squared norm and singular values of the Jacobian, saturation of the\n"
      "codes and, where there is a classifier, its error; each mean with its standard error.\n"
      "Examples:\n"
      "  cae-train evaluate models/mnist-cae1/1/model.safetensors\n"
      "  cae-train evaluate models/mnist-cae1/1/model.safetensors --samples scores\n"
      "  cae-train evaluate model.safetensors --on validation --spectrum-rows 50 --json\n"
      "  cae-train evaluate model.safetensors --rows 100 --spectrum-rows 0 --output rows.png");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
