#include "client/commands/matrix_result.h"

#include <algorithm>
#include <vector>

#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/output_file.h"
#include "client/commands/picture.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {

absl::Status ReportMatrix(const std::string& name, const Matrix& matrix,
                          const v1::ModelIdentity& model, const v1::Model& card,
                          const OutputOptions& output, Session& session) {
  const std::vector<OutputArray> arrays = {MatrixArray(name, matrix, output.npy_type())};
  if (IsPngPath(output.path)) {
    CAE_ASSIGN_OR_RETURN(ImageGridLayout layout, PictureLayout(card));
    layout.columns = output.columns;
    CAE_ASSIGN_OR_RETURN(const Image picture, Local(GreyImageGrid(ToGrey(matrix, card), layout)));
    CAE_RETURN_IF_ERROR(WritePicture(output, picture));
  } else if (!output.path.empty()) {
    CAE_RETURN_IF_ERROR(WriteArrays(output.path, arrays, session.streams()));
  }
  if (session.options().json) {
    Json json = ResultJson(model);
    AddArraysJson(arrays, output.path, json);
    PrintJson(json, session.streams().out);
    return absl::OkStatus();
  }
  std::ostream& report = session.report(output.path);
  report << name << " " << ShapeText({matrix.rows(), matrix.cols()}) << " by "
         << DescribeModel(model.name(), model.version()) << ": " << RangeText(matrix) << "\n";
  if (output.path.empty()) {
    const Index shown = std::min(matrix.rows(), kRowsShown);
    for (Index i = 0; i < shown; ++i) report << "row " << i << ": " << RowText(matrix, i) << "\n";
    if (shown < matrix.rows()) report << "... --output FILE.npy writes all of them\n";
  }
  report << WrittenText(output.path, arrays);
  return absl::OkStatus();
}

}  // namespace cae
