// The result of a command that is one matrix: to a file, as JSON, or as a summary.
#ifndef CAE_CLIENT_COMMANDS_MATRIX_RESULT_H_
#define CAE_CLIENT_COMMANDS_MATRIX_RESULT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/commands/session.h"
#include "core/math/matrix.h"

namespace cae {

/// Writes `matrix`, called `name` ("codes"), to `output` unless that is empty: a grid of images
/// for .png, which needs rows of inputs, else npy. Then prints what it is.
absl::Status ReportMatrix(absl::string_view name, ConstMatrixView matrix,
                          const v1::ModelIdentity& model, const v1::Model& card,
                          const std::string& output, Session& session);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_MATRIX_RESULT_H_
