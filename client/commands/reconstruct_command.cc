#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/output_file.h"
#include "client/commands/picture.h"
#include "client/commands/row_options.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

constexpr Index kPictureColumns = 20;
constexpr float kMidGrey = 0.5f;

struct Options {
  RowOptions rows;
  std::string output;
  bool contractions = false;
};

/// Bands of up to kPictureColumns inputs, each over its reconstruction.
Matrix InputsOverOutputs(ConstMatrixView inputs, ConstMatrixView outputs, Index columns) {
  const Index bands = (inputs.rows() + columns - 1) / columns;
  Matrix cells = Matrix::Constant(2 * bands * columns, inputs.cols(), kMidGrey);
  for (Index i = 0; i < inputs.rows(); ++i) {
    const Index cell = 2 * columns * (i / columns) + i % columns;
    cells.row(cell) = inputs.row(i);
    cells.row(cell + columns) = outputs.row(i);
  }
  return cells;
}

absl::Status Write(const Options& options, const RowTask& task, const ReconstructResult& result,
                   const Streams& streams) {
  if (options.output.empty()) return absl::OkStatus();
  if (!IsPng(options.output)) {
    return WriteNpy(options.output, result.outputs, {result.outputs.rows(), result.outputs.cols()},
                    streams);
  }
  const v1::Model& card = *task.target.card;
  CAE_ASSIGN_OR_RETURN(ImageGridLayout layout, PictureLayout(card));
  layout.columns = std::min(result.outputs.rows(), kPictureColumns);
  const Matrix cells = InputsOverOutputs(ToGrey(task.rows.values(), card),
                                         ToGrey(result.outputs, card), layout.columns);
  CAE_ASSIGN_OR_RETURN(const Image picture, Local(GreyImageGrid(cells, layout)));
  return WritePng(options.output, picture);
}

void PrintText(const Options& options, const ReconstructResult& result, std::ostream& report) {
  const Index rows = result.outputs.rows();
  report << absl::StreamFormat("reconstructions of %d rows by %s\n", rows,
                               DescribeModel(result.model.name(), result.model.version()))
         << absl::StreamFormat("loss in nats: %s\n", RangeText(Matrix(result.losses)));
  if (options.contractions) {
    report << absl::StreamFormat("contraction: %s\n", RangeText(Matrix(result.contractions)));
  }
  if (options.output.empty()) {
    for (Index i = 0; i < std::min(rows, kRowsShown); ++i) {
      report << absl::StreamFormat("row %d: loss %.4g", i, result.losses(i));
      if (options.contractions) {
        report << absl::StreamFormat(", contraction %.4g", result.contractions(i));
      }
      report << "\n";
    }
  } else if (options.output != "-") {
    report << "wrote " << options.output << "\n";
  }
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(CheckOutput(options.output, OutputKinds::kNpyOrPng, session.options()));
  CAE_ASSIGN_OR_RETURN(const RowTask task, PrepareRows(options.rows, session));
  CAE_ASSIGN_OR_RETURN(
      const ReconstructResult result,
      task.target.client->Reconstruct(task.target.model, task.rows.view(),
                                      {.include_contractions = options.contractions,
                                       .allow_out_of_range = options.rows.allow_out_of_range}));
  CAE_RETURN_IF_ERROR(Write(options, task, result, session.streams()));
  if (!session.options().json) {
    PrintText(options, result, session.report(options.output));
    return absl::OkStatus();
  }
  Json json = ResultJson(result.model);
  json["losses"] = VectorJson(result.losses);
  json["mean_loss"] = NumberJson(result.losses.mean());
  if (options.contractions) json["contractions"] = VectorJson(result.contractions);
  json["outputs"] =
      ArrayJson(result.outputs, {result.outputs.rows(), result.outputs.cols()}, options.output);
  PrintJson(json, session.streams().out);
  return absl::OkStatus();
}

}  // namespace

Command AddReconstructCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand("reconstruct", "Reconstructions g(f(x)) with their losses");
  AddRowOptions(*parser, options->rows);
  parser
      ->add_option("-o,--output", options->output,
                   "Write the reconstructions: .npy, .png (inputs over reconstructions), or - for "
                   "npy on stdout")
      ->type_name("FILE");
  parser->add_flag("--contractions", options->contractions,
                   "Also tell the contraction |J(x)|^2 of each row");
  parser->footer(
      "Examples:\n"
      "  cae reconstruct --input t10k-images-idx3-ubyte --limit 40 --output pairs.png\n"
      "  cae reconstruct --input digits.npy --contractions --json");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
