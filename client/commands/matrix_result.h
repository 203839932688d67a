// The result of a command that is one matrix: to a file, as JSON, or as a summary.
#ifndef CAE_CLIENT_COMMANDS_MATRIX_RESULT_H_
#define CAE_CLIENT_COMMANDS_MATRIX_RESULT_H_

#include <string>

#include "absl/status/status.h"
#include "client/commands/output_options.h"
#include "client/commands/session.h"
#include "core/math/matrix.h"

namespace cae {

/// Writes `matrix`, called `name` ("codes"), to the output, if there is one: a grid of images for
/// .png, which needs rows of inputs, else an array. Then prints what it is.
absl::Status ReportMatrix(const std::string& name, const Matrix& matrix,
                          const v1::ModelIdentity& model, const v1::Model& card,
                          const OutputOptions& output, Session& session);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_MATRIX_RESULT_H_
