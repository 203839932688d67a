#include <memory>
#include <string>

#include "client/commands/commands.h"
#include "client/commands/input_file.h"
#include "client/commands/matrix_result.h"
#include "client/commands/number_check.h"
#include "client/commands/output_file.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

struct Options {
  std::string input;
  std::string output;
  int layer = 0;
};

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(CheckOutput(options.output, OutputKinds::kNpyOrPng, session.options()));
  CAE_ASSIGN_OR_RETURN(const Matrix codes, LoadNpy(options.input, session.streams()));
  CAE_ASSIGN_OR_RETURN(const Target target, session.target());
  CAE_ASSIGN_OR_RETURN(const DecodeResult result,
                       target.client->Decode(target.model, codes, {.layer = options.layer}));
  return ReportMatrix("outputs", result.outputs, result.model, *target.card, options.output,
                      session);
}

}  // namespace

Command AddDecodeCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand("decode", "Inputs from codes: g(h)");
  parser->add_option("-i,--input", options->input, "Codes, one a row: .npy, or - for stdin")
      ->required()
      ->type_name("FILE");
  parser
      ->add_option("-o,--output", options->output,
                   "Write the outputs: .npy, .png (a grid of images), or - for npy on stdout")
      ->type_name("FILE");
  parser->add_option("--layer", options->layer, "Layer of the codes, 1 = the lowest (default: top)")
      ->check(AtLeast(0))
      ->type_name("L");
  parser->footer(
      "Examples:\n"
      "  cae decode --input codes.npy --output digits.png\n"
      "  cae encode --input digits.npy --output - | cae decode --input - --output back.npy");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
