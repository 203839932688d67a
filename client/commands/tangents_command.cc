#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/number_check.h"
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

struct Options {
  RowOptions rows;
  OutputOptions output;
  int rank = 8;
  int layer = 0;
  double tolerance = 0;
  bool contractions = false;
  bool code_directions = false;
};

std::vector<OutputArray> ArraysOf(const Options& options, const TangentsResult& result) {
  const auto by_row = [&](const std::string& name, const Matrix& values) {
    return OutputArray{.name = name,
                       .values = values,
                       .shape = {result.singular_values.rows(), options.rank, values.cols()},
                       .type = options.output.npy_type()};
  };
  std::vector<OutputArray> arrays = {by_row("directions", result.directions),
                                     MatrixArray("singular_values", result.singular_values),
                                     MatrixArray("residuals", result.residuals)};
  if (options.code_directions) {
    arrays.push_back(by_row("code_directions", result.code_directions));
  }
  if (options.contractions) arrays.push_back(VectorArray("contractions", result.contractions));
  return arrays;
}

absl::Status Write(const Options& options, const RowTask& task, const TangentsResult& result,
                   const Streams& streams) {
  const std::string& path = options.output.path;
  if (path.empty()) return absl::OkStatus();
  if (!IsPngPath(path)) return WriteArrays(path, ArraysOf(options, result), streams);
  CAE_ASSIGN_OR_RETURN(const Image picture, TangentsPicture(task.rows.values(), result.directions,
                                                            options.rank, *task.target.card));
  return WritePicture(options.output, picture);
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
  report << WrittenText(options.output.path, ArraysOf(options, result));
}

void PrintResult(const Options& options, const TangentsResult& result, Session& session) {
  if (!session.options().json) {
    PrintText(options, result, session.report(options.output.path));
    return;
  }
  Json json = ResultJson(result.model);
  AddArraysJson(ArraysOf(options, result), options.output.path, json);
  PrintJson(json, session.streams().out);
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(
      CheckOutput(options.output, OutputKinds::kArraysOrPicture, session.options()));
  if (options.code_directions) {
    CAE_RETURN_IF_ERROR(CheckBesideOutput("--code-directions", options.output, session.options()));
  }
  CAE_ASSIGN_OR_RETURN(const RowTask task, PrepareRows(options.rows, session));
  ProgressBar progress(session.streams(), task.rows.rows(), "rows");
  TangentsOptions request;
  request.rank = options.rank;
  request.layer = options.layer;
  request.tolerance = options.tolerance;
  request.include_contractions = options.contractions;
  request.include_code_directions = options.code_directions;
  request.output_data_type = options.output.type;
  request.progress = [&](Index rows) { progress.Show(rows); };
  request.allow_out_of_range = options.rows.allow_out_of_range;
  CAE_ASSIGN_OR_RETURN(const TangentsResult result,
                       task.target.client->Tangents(task.target.model, task.rows.view(), request));
  progress.Wipe();
  CAE_RETURN_IF_ERROR(Write(options, task, result, session.streams()));
  PrintResult(options, result, session);
  return absl::OkStatus();
}

}  // namespace

Command AddTangentsCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand(
      "tangents", "Tangent planes at inputs: leading singular directions of the Jacobian");
  AddRowOptions(*parser, options->rows);
  AddOutputOption(*parser,
                  "Write the directions [rows, rank, units]: .npy, .npz (with singular values and "
                  "residuals), .png (a row of the picture is an input, then its directions, the "
                  "largest singular value first; red positive, blue negative, white 0), or - for "
                  "npy on stdout",
                  options->output);
  AddOutputTypeOption(*parser, options->output);
  AddScaleOption(*parser, options->output);
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
  parser->add_flag("--code-directions", options->code_directions,
                   "Also tell the directions in code space [rows, rank, code units]: .npz, --json");
  parser->footer(
      "Examples:\n"
      "  cae tangents --input t10k-images-idx3-ubyte --limit 10 --rank 12 --output tangents.png "
      "--scale 2\n"
      "  cae tangents --input digits.npy --rank 32 --code-directions --output tangents.npz");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
