#include <memory>
#include <string>

#include "client/commands/commands.h"
#include "client/commands/matrix_result.h"
#include "client/commands/number_check.h"
#include "client/commands/output_options.h"
#include "client/commands/progress_bar.h"
#include "client/commands/row_options.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

struct Options {
  RowOptions rows;
  OutputOptions output;
  int layer = 0;
};

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(CheckOutput(options.output, OutputKinds::kArrays, session.options()));
  CAE_ASSIGN_OR_RETURN(const RowTask task, PrepareRows(options.rows, session));
  ProgressBar progress(session.streams(), task.rows.rows(), "rows");
  CAE_ASSIGN_OR_RETURN(
      const EncodeResult result,
      task.target.client->Encode(task.target.model, task.rows.view(),
                                 {.layer = options.layer,
                                  .allow_out_of_range = options.rows.allow_out_of_range,
                                  .output_data_type = options.output.type,
                                  .progress = [&](Index rows) { progress.Show(rows); }}));
  progress.Wipe();
  return ReportMatrix("codes", result.codes, result.model, *task.target.card, options.output,
                      session);
}

}  // namespace

Command AddEncodeCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand("encode", "Codes of inputs: f(x)");
  AddRowOptions(*parser, options->rows);
  AddOutputOption(*parser, "Write the codes [rows, code units]: .npy, .npz, or - for npy on stdout",
                  options->output);
  AddOutputTypeOption(*parser, options->output);
  parser->add_option("--layer", options->layer, "Layer of the codes, 1 = the lowest (default: top)")
      ->check(AtLeast(0))
      ->type_name("L");
  parser->footer(
      "Examples:\n"
      "  cae encode --input digits.npy --output codes.npy\n"
      "  cae encode --input t10k-images-idx3-ubyte --limit 100 --layer 1 --output codes.npz\n"
      "  cae encode --input samples.png --grid 10x20 --output-type float16 --output codes.npy\n"
      "  cae encode --input digit.png --json");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
