#include "client/commands/sample_options.h"

#include <map>

#include "client/commands/number_check.h"
#include "client/commands/row_options.h"

namespace cae {
namespace {

void AddChainOptions(CLI::App& parser, SampleCommandOptions& options) {
  SampleOptions& request = options.request;
  parser.add_option("--chains", options.chains, "Chains (default: 10, or those of --state)")
      ->check(AtLeast(1))
      ->type_name("C");
  parser.add_option("--draws", options.draws, "Draws of each chain")
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
  static const std::map<std::string, v1::SampleProcess> kProcesses = {
      {"composed", v1::SAMPLE_PROCESS_COMPOSED}, {"top-layer", v1::SAMPLE_PROCESS_TOP_LAYER}};
  parser
      .add_option_function<std::string>(
          "--process",
          [&request](const std::string& word) { request.process = kProcesses.at(word); },
          "Which chain to run (default: the model's)")
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
}

void AddStartOptions(CLI::App& parser, SampleCommandOptions& options) {
  parser
      .add_option("--initial", options.initial,
                  "Where the chains start, one row a chain or one for all, as --input elsewhere "
                  "(default: the model's start examples)")
      ->type_name("FILE");
  AddGridOption(parser, options.grid);
  AddOutOfRangeOption(parser, options.request.allow_out_of_range);
  parser
      .add_option("--state", options.state,
                  "Go on where the run that wrote this file ended, bit for bit, if it is there; "
                  "write it at the end")
      ->type_name("FILE");
}

void AddResultOptions(CLI::App& parser, SampleCommandOptions& options) {
  static const std::map<std::string, v1::DiagnosticsLevel> kLevels = {
      {"none", v1::DIAGNOSTICS_LEVEL_NONE},
      {"basic", v1::DIAGNOSTICS_LEVEL_BASIC},
      {"classes", v1::DIAGNOSTICS_LEVEL_CLASSES}};
  options.request.diagnostics = v1::DIAGNOSTICS_LEVEL_BASIC;
  parser
      .add_option_function<std::string>(
          "--diagnostics",
          [&options](const std::string& word) { options.request.diagnostics = kLevels.at(word); },
          "How much to tell of the mixing (default: basic)")
      ->check(CLI::IsMember({"none", "basic", "classes"}))
      ->type_name("LEVEL");
  AddOutputOption(parser,
                  "Write the draws [draws, chains, units]: .npy, .npz, .png (a row of the picture "
                  "is a chain, a column a draw), or - for npy on stdout",
                  options.output);
  AddOutputTypeOption(parser, options.output);
  AddScaleOption(parser, options.output);
  parser.add_flag("--codes", options.request.include_codes,
                  "Also tell the perturbed codes [draws, chains, code units]: .npz, --json, "
                  "--record");
  parser
      .add_option("--record", options.record,
                  "Write the stream as it arrives, for `cae replay` and other programs "
                  "(docs/stream_format.md)")
      ->type_name("FILE");
}

}  // namespace

void AddSampleOptions(CLI::App& parser, SampleCommandOptions& options) {
  AddChainOptions(parser, options);
  AddStartOptions(parser, options);
  AddResultOptions(parser, options);
}

}  // namespace cae
