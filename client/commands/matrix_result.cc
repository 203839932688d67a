#include "client/commands/matrix_result.h"

#include <algorithm>

#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/output_file.h"
#include "client/commands/picture.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {

absl::Status ReportMatrix(absl::string_view name, ConstMatrixView matrix,
                          const v1::ModelIdentity& model, const v1::Model& card,
                          const std::string& output, Session& session) {
  if (IsPng(output)) {
    CAE_ASSIGN_OR_RETURN(const ImageGridLayout layout, PictureLayout(card));
    CAE_ASSIGN_OR_RETURN(const Image picture, Local(GreyImageGrid(ToGrey(matrix, card), layout)));
    CAE_RETURN_IF_ERROR(WritePng(output, picture));
  } else if (!output.empty()) {
    CAE_RETURN_IF_ERROR(
        WriteNpy(output, matrix, {matrix.rows(), matrix.cols()}, session.streams()));
  }
  if (session.options().json) {
    Json json = ResultJson(model);
    json[std::string(name)] = ArrayJson(matrix, {matrix.rows(), matrix.cols()}, output);
    PrintJson(json, session.streams().out);
    return absl::OkStatus();
  }
  std::ostream& report = session.report(output);
  report << name << " " << ShapeText({matrix.rows(), matrix.cols()}) << " by "
         << DescribeModel(model.name(), model.version()) << ": " << RangeText(matrix) << "\n";
  if (output.empty()) {
    const Index shown = std::min(matrix.rows(), kRowsShown);
    for (Index i = 0; i < shown; ++i) report << "row " << i << ": " << RowText(matrix, i) << "\n";
    if (shown < matrix.rows()) report << "... --output FILE.npy writes all of them\n";
  } else if (output != "-") {
    report << "wrote " << output << "\n";
  }
  return absl::OkStatus();
}

}  // namespace cae
