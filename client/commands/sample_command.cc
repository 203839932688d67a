#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/input_file.h"
#include "client/commands/json_report.h"
#include "client/commands/number_check.h"
#include "client/commands/output_file.h"
#include "client/commands/picture.h"
#include "client/commands/sample_run.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

// All draws are kept until they are written.
constexpr std::int64_t kMaxSampleBytes = std::int64_t{8} << 30;

struct Options {
  SampleOptions request;
  std::string process;
  std::string diagnostics = "basic";
  std::string initial;
  std::string output;
  std::string codes_output;
};

v1::SampleProcess ProcessOf(const std::string& word) {
  if (word == "composed") return v1::SAMPLE_PROCESS_COMPOSED;
  if (word == "top-layer") return v1::SAMPLE_PROCESS_TOP_LAYER;
  return v1::SAMPLE_PROCESS_UNSPECIFIED;
}

v1::DiagnosticsLevel LevelOf(const std::string& word) {
  if (word == "none") return v1::DIAGNOSTICS_LEVEL_NONE;
  return word == "classes" ? v1::DIAGNOSTICS_LEVEL_CLASSES : v1::DIAGNOSTICS_LEVEL_BASIC;
}

absl::Status CheckSize(const Options& options, const v1::Model& card) {
  const double row_bytes =
      sizeof(float) * static_cast<double>(card.input_units() +
                                          (options.codes_output.empty() ? 0 : card.code_units()));
  const double bytes =
      row_bytes * options.request.chains * static_cast<double>(options.request.draws);
  if (bytes <= kMaxSampleBytes) return absl::OkStatus();
  return UsageFailure(absl::StrFormat(
      "%d chains of %d draws are %.1f GiB; fewer draws at a time, or fewer chains with "
      "--first-chain, give the same bits in parts",
      options.request.chains, options.request.draws, bytes / (1 << 30)));
}

/// The command line that makes the same draws again.
std::string RepeatText(const Options& options, const v1::SampleHeader& header) {
  std::string text = absl::StrFormat(
      "cae sample --model %s:%d --seed %d --noise %s --process %s --rank %d --chains %d "
      "--first-chain %d --draws %d --burn-in %d --thinning %d",
      header.model().name(), header.model().version(), header.seed(),
      Json(header.noise_stddev()).dump(), EnumWord(v1::SampleProcess_Name(header.process())),
      header.rank(), header.chains(), header.first_chain(), options.request.draws, header.burn_in(),
      header.thinning());
  if (!options.initial.empty()) absl::StrAppend(&text, " --initial ", options.initial);
  return text;
}

absl::Status Write(const Options& options, const SampleRun& run, const v1::Model& card,
                   const Streams& streams) {
  const std::int64_t chains = run.header.chains();
  if (!options.codes_output.empty()) {
    CAE_RETURN_IF_ERROR(
        WriteNpy(options.codes_output, run.codes, {run.draws, chains, run.codes.cols()}, streams));
  }
  if (options.output.empty()) return absl::OkStatus();
  if (!IsPng(options.output)) {
    return WriteNpy(options.output, run.samples, {run.draws, chains, run.samples.cols()}, streams);
  }
  CAE_ASSIGN_OR_RETURN(ImageGridLayout layout, PictureLayout(card));
  layout.columns = run.draws;
  CAE_ASSIGN_OR_RETURN(const Image picture,
                       Local(GreyImageGrid(ToGrey(run.ByChain(), card), layout)));
  return WritePng(options.output, picture);
}

void PrintText(const Options& options, const SampleRun& run, std::ostream& report) {
  const v1::SampleHeader& header = run.header;
  report << absl::StreamFormat(
      "%d draws of each of %d chains by %s: %s\n", run.draws, header.chains(),
      DescribeModel(header.model().name(), header.model().version()), RangeText(run.samples));
  if (run.diagnostics.has_value()) report << DiagnosticsText(*run.diagnostics);
  for (const std::string& file : {options.output, options.codes_output}) {
    if (!file.empty() && file != "-") report << "wrote " << file << "\n";
  }
  report << absl::StreamFormat("seed %d, noise %g, process %s, rank %d\n", header.seed(),
                               header.noise_stddev(),
                               EnumWord(v1::SampleProcess_Name(header.process())), header.rank())
         << "repeat with: " << RepeatText(options, header) << "\n";
}

void PrintResultJson(const Options& options, const SampleRun& run, std::ostream& out) {
  const v1::SampleHeader& header = run.header;
  Json json = ResultJson(header.model());
  json["seed"] = header.seed();
  json["noise_stddev"] = header.noise_stddev();
  json["process"] = EnumWord(v1::SampleProcess_Name(header.process()));
  json["rank"] = header.rank();
  json["burn_in"] = header.burn_in();
  json["thinning"] = header.thinning();
  json["chains"] = header.chains();
  json["first_chain"] = header.first_chain();
  json["draws"] = run.draws;
  json["repeat_with"] = RepeatText(options, header);
  if (run.diagnostics.has_value()) json["diagnostics"] = DiagnosticsJson(*run.diagnostics);
  json["samples"] =
      ArrayJson(run.samples, {run.draws, header.chains(), run.samples.cols()}, options.output);
  if (!options.codes_output.empty()) {
    json["codes"] =
        ArrayJson(run.codes, {run.draws, header.chains(), run.codes.cols()}, options.codes_output);
  }
  PrintJson(json, out);
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(CheckOutput(options.output, OutputKinds::kNpyOrPng, session.options()));
  CAE_RETURN_IF_ERROR(CheckOutput(options.codes_output, OutputKinds::kNpyOnly, session.options()));
  if (options.output == "-" && options.codes_output == "-") {
    return UsageFailure("samples and codes cannot both go to standard output");
  }
  SampleOptions request = options.request;
  std::optional<LoadedRows> initial;
  if (!options.initial.empty()) {
    CAE_ASSIGN_OR_RETURN(initial, LoadRows(options.initial, session.streams()));
  }
  CAE_ASSIGN_OR_RETURN(const Target target, session.target());
  CAE_RETURN_IF_ERROR(CheckSize(options, *target.card));
  if (initial.has_value()) {
    CAE_RETURN_IF_ERROR(initial->CheckFits(*target.card));
    request.initial_inputs.emplace(initial->view());
  }
  request.process = ProcessOf(options.process);
  request.diagnostics = LevelOf(options.diagnostics);
  request.include_codes = !options.codes_output.empty();
  if (session.options().timeout.has_value()) request.timeout = *session.options().timeout;
  CAE_ASSIGN_OR_RETURN(SampleStream stream, target.client->Sample(target.model, request));
  CAE_ASSIGN_OR_RETURN(const SampleRun run,
                       CollectSamples(stream, request.draws, session.streams()));
  CAE_RETURN_IF_ERROR(Write(options, run, *target.card, session.streams()));
  if (session.options().json) {
    PrintResultJson(options, run, session.streams().out);
  } else {
    const bool to_stdout = options.output == "-" || options.codes_output == "-";
    PrintText(options, run, session.report(to_stdout ? "-" : ""));
  }
  return absl::OkStatus();
}

void AddChainOptions(CLI::App& parser, Options& options) {
  SampleOptions& request = options.request;
  request.chains = 10;
  request.draws = 10;
  parser.add_option("--chains", request.chains, "Chains")
      ->check(AtLeast(1))
      ->capture_default_str()
      ->type_name("C");
  parser.add_option("--draws", request.draws, "Draws of each chain")
      ->check(AtLeast(1))
      ->capture_default_str()
      ->type_name("M");
  parser.add_option("--burn-in", request.burn_in, "Steps before the first draw")
      ->check(AtLeast(0))
      ->capture_default_str()
      ->type_name("STEPS");
  parser.add_option("--thinning", request.thinning, "Steps a draw")
      ->check(AtLeast(1))
      ->capture_default_str()
      ->type_name("STEPS");
  parser
      .add_option("--noise", request.noise_stddev,
                  "Standard deviation of the noise (default: the model's); 0 = none")
      ->check(AtLeast(0))
      ->type_name("S");
  parser
      .add_option("--rank", request.rank,
                  "Leading singular directions to move in (default: the model's); 0 = all")
      ->check(AtLeast(0))
      ->type_name("K");
  parser.add_option("--process", options.process, "Which chain to run (default: the model's)")
      ->check(CLI::IsMember({"composed", "top-layer"}))
      ->type_name("WHICH");
  parser.add_option("--seed", request.seed, "Key of the noise (default: the server draws one)")
      ->type_name("N");
  parser
      .add_option("--first-chain", request.first_chain,
                  "Number of the first chain, for jobs that are run in parts")
      ->check(AtLeast(0))
      ->capture_default_str()
      ->type_name("N");
  parser
      .add_option("--initial", options.initial,
                  "Where the chains start, one row a chain or one for all: .npy, .png, idx "
                  "(default: the model's start examples)")
      ->type_name("FILE");
}

}  // namespace

Command AddSampleCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand("sample", "Draws of Markov chains on the learnt manifold");
  AddChainOptions(*parser, *options);
  parser->add_option("--diagnostics", options->diagnostics, "How much to tell of the mixing")
      ->check(CLI::IsMember({"none", "basic", "classes"}))
      ->capture_default_str()
      ->type_name("LEVEL");
  parser
      ->add_option("-o,--output", options->output,
                   "Write the draws: .npy [draws, chains, units], .png (a row of the picture is a "
                   "chain, a column a draw), or - for npy on stdout")
      ->type_name("FILE");
  parser
      ->add_option("--include-codes", options->codes_output,
                   "Write the perturbed codes, too: .npy [draws, chains, code units]")
      ->type_name("FILE");
  parser->footer(
      "Examples:\n"
      "  cae sample --chains 10 --draws 20 --output samples.png\n"
      "  cae sample --chains 100 --draws 1000 --burn-in 100 --thinning 10 --seed 7 --output s.npy\n"
      "  cae sample --chains 4 --initial digit.png --noise 0.5 --output from_digit.png");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
