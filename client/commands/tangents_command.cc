#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/number_check.h"
#include "client/commands/output_file.h"
#include "client/commands/picture.h"
#include "client/commands/row_options.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

struct Options {
  RowOptions rows;
  std::string output;
  int rank = 8;
  int layer = 0;
  double tolerance = 0;
  bool contractions = false;
};

/// Each input, followed by its directions.
Matrix InputsBesideDirections(ConstMatrixView inputs, ConstMatrixView directions, Index rank) {
  Matrix cells(inputs.rows() * (rank + 1), inputs.cols());
  for (Index i = 0; i < inputs.rows(); ++i) {
    cells.row(i * (rank + 1)) = inputs.row(i);
    cells.middleRows(i * (rank + 1) + 1, rank) = directions.middleRows(i * rank, rank);
  }
  return cells;
}

absl::Status Write(const Options& options, const RowTask& task, const TangentsResult& result,
                   const Streams& streams) {
  if (options.output.empty()) return absl::OkStatus();
  if (!IsPng(options.output)) {
    return WriteNpy(options.output, result.directions,
                    {task.rows.rows(), options.rank, result.directions.cols()}, streams);
  }
  CAE_ASSIGN_OR_RETURN(ImageGridLayout layout, PictureLayout(*task.target.card));
  layout.columns = options.rank + 1;
  const Matrix cells = InputsBesideDirections(task.rows.values(), result.directions, options.rank);
  CAE_ASSIGN_OR_RETURN(const Image picture, Local(SignedImageGrid(cells, layout)));
  return WritePng(options.output, picture);
}

void PrintText(const Options& options, const TangentsResult& result, std::ostream& report) {
  const Index rows = result.singular_values.rows();
  report << absl::StreamFormat("%d tangent directions of each of %d rows by %s\n", options.rank,
                               rows, DescribeModel(result.model.name(), result.model.version()))
         << absl::StreamFormat("largest residual %.2g\n", result.residuals.maxCoeff());
  for (Index i = 0; i < std::min(rows, kRowsShown); ++i) {
    report << absl::StreamFormat("row %d: singular values %s", i,
                                 RowText(result.singular_values, i));
    if (options.contractions) {
      report << absl::StreamFormat("; contraction %.4g", result.contractions(i));
    }
    report << "\n";
  }
  if (rows > kRowsShown) report << "... --json tells those of all rows\n";
  if (!options.output.empty() && options.output != "-") {
    report << "wrote " << options.output << "\n";
  }
}

void PrintResult(const Options& options, const TangentsResult& result, Session& session) {
  if (!session.options().json) {
    PrintText(options, result, session.report(options.output));
    return;
  }
  const Index rows = result.singular_values.rows();
  Json json = ResultJson(result.model);
  json["singular_values"] = ArrayJson(result.singular_values, {rows, options.rank});
  json["residuals"] = ArrayJson(result.residuals, {rows, options.rank});
  if (options.contractions) json["contractions"] = VectorJson(result.contractions);
  json["directions"] =
      ArrayJson(result.directions, {rows, options.rank, result.directions.cols()}, options.output);
  PrintJson(json, session.streams().out);
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(CheckOutput(options.output, OutputKinds::kNpyOrPng, session.options()));
  CAE_ASSIGN_OR_RETURN(const RowTask task, PrepareRows(options.rows, session));
  TangentsOptions request;
  request.rank = options.rank;
  request.layer = options.layer;
  request.tolerance = options.tolerance;
  request.include_contractions = options.contractions;
  request.allow_out_of_range = options.rows.allow_out_of_range;
  CAE_ASSIGN_OR_RETURN(const TangentsResult result,
                       task.target.client->Tangents(task.target.model, task.rows.view(), request));
  CAE_RETURN_IF_ERROR(Write(options, task, result, session.streams()));
  PrintResult(options, result, session);
  return absl::OkStatus();
}

}  // namespace

Command AddTangentsCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand(
      "tangents", "Tangent plane at each input: leading singular directions of the Jacobian");
  AddRowOptions(*parser, options->rows);
  parser
      ->add_option("-o,--output", options->output,
                   "Write the directions: .npy [rows, rank, units], .png (a row of the picture is "
                   "an input, then its directions; red positive, blue negative), or - for stdout")
      ->type_name("FILE");
  parser->add_option("--rank", options->rank, "Directions a row")
      ->check(AtLeast(1))
      ->capture_default_str()
      ->type_name("K");
  parser->add_option("--layer", options->layer, "Layer to look at, 1 = the lowest (default: top)")
      ->check(AtLeast(0))
      ->type_name("L");
  parser
      ->add_option("--tolerance", options->tolerance,
                   "Largest residual, relative to the largest singular value (default: 1e-4)")
      ->type_name("X");
  parser->add_flag("--contractions", options->contractions,
                   "Also tell the contraction |J(x)|^2 of each row");
  parser->footer(
      "Examples:\n"
      "  cae tangents --input t10k-images-idx3-ubyte --limit 10 --rank 12 --output tangents.png\n"
      "  cae tangents --input digits.npy --rank 32 --output directions.npy --json");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
