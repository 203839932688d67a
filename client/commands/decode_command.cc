#include <cstdint>
#include <memory>
#include <string>

#include "client/commands/commands.h"
#include "client/commands/input_file.h"
#include "client/commands/matrix_result.h"
#include "client/commands/number_check.h"
#include "client/commands/output_options.h"
#include "client/commands/progress_bar.h"
#include "client/commands/row_options.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

struct Options {
  std::string input;
  std::int64_t limit = 0;
  OutputOptions output;
  int layer = 0;
};

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(
      CheckOutput(options.output, OutputKinds::kArraysOrPicture, session.options()));
  CAE_ASSIGN_OR_RETURN(LoadedRows codes, LoadCodes(options.input, session.streams()));
  CAE_ASSIGN_OR_RETURN(const Target target, session.target());
  CAE_RETURN_IF_ERROR(codes.FitCodes(*target.card, options.layer));
  codes.Truncate(options.limit);
  ProgressBar progress(session.streams(), codes.rows(), "rows");
  CAE_ASSIGN_OR_RETURN(
      const DecodeResult result,
      target.client->Decode(target.model, codes.view(),
                            {.layer = options.layer,
                             .output_data_type = options.output.type,
                             .progress = [&](Index rows) { progress.Show(rows); }}));
  progress.Wipe();
  return ReportMatrix("outputs", result.outputs, result.model, *target.card, options.output,
                      session);
}

}  // namespace

Command AddDecodeCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand("decode", "Inputs from codes: g(h)");
  parser
      ->add_option("-i,--input", options->input,
                   "Codes, one a row, or [draws, chains, units] as `sample` has them: .npy, .npz "
                   "(FILE.npz:NAME, or its only array), these also as "
                   ".gz, or - for standard input. Bytes (|u1) mean value / 255")
      ->required()
      ->type_name("FILE");
  AddLimitOption(*parser, options->limit);
  AddOutputOption(
      *parser,
      "Write the outputs [rows, units]: .npy, .npz, .png (a grid of images, or one), or "
      "- for npy on stdout",
      options->output);
  AddOutputTypeOption(*parser, options->output);
  AddScaleOption(*parser, options->output);
  AddColumnsOption(*parser, options->output);
  parser->add_option("--layer", options->layer, "Layer of the codes, 1 = the lowest (default: top)")
      ->check(AtLeast(0))
      ->type_name("L");
  parser->footer(
      "Examples:\n"
      "  cae decode --input codes.npy --output digits.png --columns 20 --scale 2\n"
      "  cae decode --input samples.npz:codes --output-type uint8 --output digits.npy\n"
      "  cae encode --input digits.npy --output - | cae decode --input - --output back.npy");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
