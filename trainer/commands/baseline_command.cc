#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/image_grid.h"
#include "core/io/png.h"
#include "trainer/baselines/baseline.h"
#include "trainer/baselines/dbn_sampler.h"
#include "trainer/baselines/log_partition.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/common_options.h"
#include "trainer/commands/exit_code.h"
#include "trainer/data/data_set.h"
#include "trainer/evaluation/estimate.h"

namespace cae {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string baseline, data_folder, picture;
  bool likelihood = false, json = false;
  AnnealingOptions annealing;
  int every = 1;
  int threads = 1;
};

struct Likelihood {
  LogPartition partition;
  Estimate test;  ///< log p(v) of test rows, nats
};

absl::StatusOr<DataSet> LoadDataOf(const Baseline& baseline, std::string folder) {
  if (folder.empty()) {
    CAE_ASSIGN_OR_RETURN(folder, DefaultDataFolder());
  }
  const auto name = baseline.training.find("data");
  CAE_ASSIGN_OR_RETURN(
      DataSet data, LoadDataSet(name == baseline.training.end() ? "mnist" : name->second, folder));
  const Index inputs = baseline.machines.front().visible_units();
  if (data.test.rows.cols() == inputs) return data;
  return absl::InvalidArgumentError(absl::StrCat("the baseline takes rows of ", inputs,
                                                 " numbers; those of ", data.name, " have ",
                                                 data.test.rows.cols()));
}

absl::StatusOr<Likelihood> MeasureLikelihood(const Baseline& baseline, const DataSet& data,
                                             const AnnealingOptions& options, ThreadPool& pool) {
  if (baseline.machines.size() > 1) {
    return Usage(absl::InvalidArgumentError(
        "--likelihood: is for one RBM; a deep belief network's cannot be estimated this way"));
  }
  const Rbm& rbm = baseline.machines.front();
  const Vector mean = data.training.rows.cast<double>().colwise().mean().cast<float>().transpose();
  Likelihood likelihood;
  likelihood.partition = EstimateLogPartition(rbm, mean, options, pool);
  const VectorD rows =
      LogLikelihoods(rbm, data.test.rows, likelihood.partition.value, options.seed, pool);
  likelihood.test = EstimateMean({rows.data(), static_cast<std::size_t>(rows.size())});
  return likelihood;
}

// A chain a row, from a test image on the left.
absl::Status DrawChains(const Baseline& baseline, const DataSet& data, const Options& options,
                        ThreadPool& pool) {
  constexpr Index kChains = 12, kColumns = 20;
  if (baseline.input_shape.size() != 2) {
    return Usage(absl::InvalidArgumentError("--output: the rows of this baseline are no images"));
  }
  CAE_ASSIGN_OR_RETURN(const std::unique_ptr<DbnSampler> sampler,
                       DbnSampler::Make(baseline.machines, {}, pool));
  const Index chains = std::min(kChains, data.test.rows.rows());
  Matrix shown = data.test.rows.topRows(chains);
  Matrix images(chains * kColumns, shown.cols());
  sampler->Start(shown, options.annealing.seed);
  for (Index column = 0; column < kColumns; ++column) {
    if (column > 0) {
      sampler->Step(options.every);
      sampler->Images(shown);
    }
    for (Index chain = 0; chain < chains; ++chain) {
      images.row(chain * kColumns + column) = shown.row(chain);
    }
  }
  CAE_ASSIGN_OR_RETURN(
      const Image grid,
      GreyImageGrid(images, {baseline.input_shape[0], baseline.input_shape[1], kColumns}));
  CAE_ASSIGN_OR_RETURN(const std::string png, SerializePng(grid));
  return WriteFileAtomically(options.picture, png);
}

void Print(const Baseline& baseline, const std::optional<Likelihood>& likelihood, bool json,
           std::ostream& out) {
  std::vector<Index> units = {baseline.machines.front().visible_units()};
  for (const Rbm& rbm : baseline.machines) units.push_back(rbm.units());
  if (json) {
    Json tree = {{"kind", std::string(baseline.kind())},
                 {"units", units},
                 {"input_shape", baseline.input_shape},
                 {"training", baseline.training}};
    if (likelihood.has_value()) {
      tree["log_partition"] = {{"value", likelihood->partition.value},
                               {"standard_error", likelihood->partition.standard_error}};
      tree["test_log_likelihood"] = {{"mean", likelihood->test.mean},
                                     {"standard_error", likelihood->test.standard_error},
                                     {"rows", likelihood->test.rows}};
    }
    out << tree.dump(2, ' ', true, Json::error_handler_t::replace) << "\n";
    return;
  }
  out << absl::StreamFormat("%s of %s units\n", baseline.kind(), absl::StrJoin(units, "-"));
  for (const auto& [key, value] : baseline.training) {
    out << absl::StreamFormat("  %-40s %s\n", key, value);
  }
  if (!likelihood.has_value()) return;
  out << absl::StreamFormat(
      "log partition function     %.2f ± %.2f nats\n"
      "log-likelihood, test rows  %.2f ± %.2f nats\n",
      likelihood->partition.value, likelihood->partition.standard_error, likelihood->test.mean,
      likelihood->test.standard_error);
}

absl::Status Run(const Options& options, Streams& streams) {
  CAE_ASSIGN_OR_RETURN(const Baseline baseline, LoadBaselineFile(options.baseline));
  std::optional<Likelihood> likelihood;
  if (options.likelihood || !options.picture.empty()) {
    CAE_ASSIGN_OR_RETURN(const DataSet data, LoadDataOf(baseline, options.data_folder));
    ThreadPool pool(options.threads);
    if (options.likelihood) {
      CAE_ASSIGN_OR_RETURN(likelihood, MeasureLikelihood(baseline, data, options.annealing, pool));
    }
    if (!options.picture.empty()) {
      CAE_RETURN_IF_ERROR(DrawChains(baseline, data, options, pool));
    }
  }
  Print(baseline, likelihood, options.json, streams.out);
  return absl::OkStatus();
}

}  // namespace

Command AddBaselineCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "baseline", "Show what a baseline file holds, its likelihood and its chains");
  AnnealingOptions& annealing = options->annealing;
  parser->add_option("BASELINE", options->baseline, "What `train` made of a recipe with `rbms`")
      ->required();
  CLI::Option* likelihood = parser->add_flag(
      "--likelihood", options->likelihood,
      "Estimate log p(v) of binary test rows under one RBM, by annealed\nimportance sampling");
  parser->add_option("--temperatures", annealing.temperatures, "Steps of the annealing")
      ->check(CLI::Range(1, 10'000'000))
      ->needs(likelihood)
      ->capture_default_str();
  parser->add_option("--chains", annealing.chains, "Chains of the annealing")
      ->check(CLI::Range(2, 100'000))
      ->needs(likelihood)
      ->capture_default_str();
  CLI::Option* output =
      parser->add_option("--output", options->picture, "Draw chains from test images, one a row")
          ->check([](const std::string& path) {
            return absl::EndsWith(path, ".png") ? "" : "'" + path + "' is no .png";
          })
          ->type_name("FILE.png");
  parser->add_option("--every", options->every, "Gibbs transitions from one image to the next")
      ->check(CLI::Range(1, 1'000'000))
      ->needs(output)
      ->capture_default_str();
  parser->add_option("--seed", annealing.seed, "Of annealing and chains")->capture_default_str();
  AddDataOption(*parser, options->data_folder);
  AddThreadsOption(*parser, options->threads);
  parser->add_flag("--json", options->json, "Print one JSON object");
  parser->footer(
      "The annealing misses what its chains never come upon: the likelihood of a machine that "
      "went\n"
      "astray may come out tens of nats too large, whatever the number of temperatures.\n"
      "Examples:\n"
      "  cae-train baseline rbm.safetensors --likelihood\n"
      "  cae-train baseline dbn.safetensors --output chains.png --every 10");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
