#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/output_file.h"
#include "client/commands/output_options.h"
#include "client/commands/picture.h"
#include "client/commands/progress_bar.h"
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
  OutputOptions output;
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

std::vector<OutputArray> ArraysOf(const Options& options, const ReconstructResult& result) {
  std::vector<OutputArray> arrays = {
      MatrixArray("outputs", result.outputs, options.output.npy_type()),
      VectorArray("losses", result.losses)};
  if (options.contractions) arrays.push_back(VectorArray("contractions", result.contractions));
  return arrays;
}

absl::Status Write(const Options& options, const RowTask& task, const ReconstructResult& result,
                   const Streams& streams) {
  const std::string& path = options.output.path;
  if (path.empty()) return absl::OkStatus();
  if (!IsPngPath(path)) return WriteArrays(path, ArraysOf(options, result), streams);
  const v1::Model& card = *task.target.card;
  CAE_ASSIGN_OR_RETURN(ImageGridLayout layout, PictureLayout(card));
  const Index wanted = options.output.columns > 0 ? options.output.columns : kPictureColumns;
  layout.columns = std::min(result.outputs.rows(), wanted);
  const Matrix cells = InputsOverOutputs(ToGrey(task.rows.values(), card),
                                         ToGrey(result.outputs, card), layout.columns);
  CAE_ASSIGN_OR_RETURN(const Image picture, Local(GreyImageGrid(cells, layout)));
  return WritePicture(options.output, picture);
}

void PrintText(const Options& options, const ReconstructResult& result, std::ostream& report) {
  const Index rows = result.outputs.rows();
  report << absl::StreamFormat("reconstructions of %d rows by %s\n", rows,
                               DescribeModel(result.model.name(), result.model.version()))
         << absl::StreamFormat("loss in nats: %s\n", RangeText(Matrix(result.losses)));
  if (options.contractions) {
    report << absl::StreamFormat("contraction: %s\n", RangeText(Matrix(result.contractions)));
  }
  if (options.output.path.empty()) {
    for (Index i = 0; i < std::min(rows, kRowsShown); ++i) {
      report << absl::StreamFormat("row %d: loss %.4g", i, result.losses(i));
      if (options.contractions) {
        report << absl::StreamFormat(", contraction %.4g", result.contractions(i));
      }
      report << "\n";
    }
    if (rows > kRowsShown) report << "... --json tells those of all rows\n";
  }
  report << WrittenText(options.output.path, ArraysOf(options, result));
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(
      CheckOutput(options.output, OutputKinds::kArraysOrPicture, session.options()));
  CAE_ASSIGN_OR_RETURN(const RowTask task, PrepareRows(options.rows, session));
  ProgressBar progress(session.streams(), task.rows.rows(), "rows");
  CAE_ASSIGN_OR_RETURN(
      const ReconstructResult result,
      task.target.client->Reconstruct(task.target.model, task.rows.view(),
                                      {.include_contractions = options.contractions,
                                       .allow_out_of_range = options.rows.allow_out_of_range,
                                       .output_data_type = options.output.type,
                                       .progress = [&](Index rows) { progress.Show(rows); }}));
  progress.Wipe();
  CAE_RETURN_IF_ERROR(Write(options, task, result, session.streams()));
  if (!session.options().json) {
    PrintText(options, result, session.report(options.output.path));
    return absl::OkStatus();
  }
  Json json = ResultJson(result.model);
  json["mean_loss"] = NumberJson(result.losses.mean());
  AddArraysJson(ArraysOf(options, result), options.output.path, json);
  PrintJson(json, session.streams().out);
  return absl::OkStatus();
}

}  // namespace

Command AddReconstructCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand("reconstruct", "Reconstructions g(f(x)) with their losses");
  AddRowOptions(*parser, options->rows);
  AddOutputOption(*parser,
                  "Write the reconstructions [rows, units]: .npy, .npz (with losses), .png (inputs "
                  "over reconstructions), or - for npy on stdout",
                  options->output);
  AddOutputTypeOption(*parser, options->output);
  AddScaleOption(*parser, options->output);
  AddColumnsOption(*parser, options->output);
  parser->add_flag("--contractions", options->contractions,
                   "Also tell the contraction |J(x)|^2 of each row");
  parser->footer(
      "Examples:\n"
      "  cae reconstruct --input t10k-images-idx3-ubyte --limit 40 --output pairs.png --scale 2\n"
      "  cae reconstruct --input digits.npy --contractions --json");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
