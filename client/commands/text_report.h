// Results as text, for people.
#ifndef CAE_CLIENT_COMMANDS_TEXT_REPORT_H_
#define CAE_CLIENT_COMMANDS_TEXT_REPORT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cae/v1/cae_service.pb.h"
#include "cae/v1/model_service.pb.h"
#include "core/math/matrix.h"

namespace cae {

/// How many rows a summary shows one by one.
inline constexpr Index kRowsShown = 10;

/// "MODEL_STATE_READY" as "ready": the last words of an enum value's name, with hyphens.
std::string EnumWord(absl::string_view name);

/// Lines of columns, each as wide as its widest cell; the first row is the heading.
std::string Table(const std::vector<std::vector<std::string>>& rows);

/// "[100, 1000]".
std::string ShapeText(absl::Span<const std::int64_t> shape);

/// "minimum 0.01, mean 0.23, maximum 0.99".
std::string RangeText(ConstMatrixView values);

/// The first numbers of a row, "0.1 0.25 0.3 ...".
std::string RowText(ConstMatrixView values, Index row);

/// The training provenance of a card in alphabetical order.
std::map<std::string, std::string> TrainingLines(const v1::Model& card);

std::string CardText(const v1::Model& card);

/// [from, to] draws, where diagnostics tell them and they do not contradict themselves.
std::optional<MatrixOf<std::int64_t>> TransitionCounts(const v1::SampleDiagnostics& diagnostics);

/// How the chains do: a table of the statistics, the displacement, the changes of class. The card
/// has the labels of the classes.
std::string DiagnosticsText(const v1::SampleDiagnostics& diagnostics, const v1::Model& card);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_TEXT_REPORT_H_
