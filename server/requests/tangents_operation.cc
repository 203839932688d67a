#include "server/requests/tangents_operation.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/requests/limit_check.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"

namespace cae {
namespace {

constexpr double kDefaultTolerance = 1e-4;
constexpr double kSmallestTolerance = 1e-6;
constexpr double kLargestTolerance = 1e-1;

double Tolerance(const v1::TangentsRequest& request) {
  return request.tolerance() == 0 ? kDefaultTolerance : request.tolerance();
}

}  // namespace

TangentsOperation::TangentsOperation(const v1::TangentsRequest& request,
                                     v1::TangentsResponse& response)
    : UnaryOperation("Tangents", request.model(), request.inputs(), "inputs"),
      request_(request),
      response_(response) {}

absl::Status TangentsOperation::CheckTolerance() const {
  const double tolerance = request_.tolerance();
  // Written so that a NaN fails.
  if (tolerance == 0 || (tolerance >= kSmallestTolerance && tolerance <= kLargestTolerance)) {
    return absl::OkStatus();
  }
  return BadParameter(
      "tolerance", absl::StrCat("tolerance is ", tolerance, "; ", Describe(servable()), " takes ",
                                kSmallestTolerance, " to ", kLargestTolerance, ", or 0 for ",
                                kDefaultTolerance));
}

absl::StatusOr<Index> TangentsOperation::CheckParameters() {
  CAE_ASSIGN_OR_RETURN(layer_, ResolveLayer(request_.layer(), servable()));
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.rank(), 1, "rank", Describe(servable())));
  rank_ = request_.rank();
  CAE_RETURN_IF_ERROR(CheckTolerance());
  CAE_RETURN_IF_ERROR(
      CheckOutputType(request_.output_data_type(), nullptr, "directions", servable()));
  return autoencoder().input_units();
}

absl::Status TangentsOperation::CheckLimits() const {
  return CheckRankLimit(rank_, autoencoder().units(layer_), autoencoder().input_units(),
                        servable());
}

std::int64_t TangentsOperation::AnswerBytesPerRow() const {
  const Index coordinates =
      autoencoder().input_units() +
      (request_.include_code_directions() ? autoencoder().units(layer_) : Index{0});
  const std::int64_t numbers = 2 * rank_ + (request_.include_contractions() ? 1 : 0);
  return rank_ * coordinates * ElementBytes(request_.output_data_type()) + numbers * kFloatBytes;
}

std::optional<ValueBounds> TangentsOperation::Bounds() const {
  return InputBounds(servable(), request_.allow_out_of_range());
}

std::unique_ptr<const RowKernel> TangentsOperation::MakeKernel() const {
  return TangentsKernel(handle(), {.layer = layer_,
                                   .rank = rank_,
                                   .tolerance = Tolerance(request_),
                                   .code_directions = request_.include_code_directions(),
                                   .contractions = request_.include_contractions()});
}

void TangentsOperation::Allocate() {
  const TensorFormat format = FormatOf(request_.output_data_type());
  const auto add = [this](Shape shape, TensorFormat as, const char* field, v1::Tensor* tensor) {
    TensorWriter& writer = answers_.emplace_back(shape, as, field, tensor);
    columns_.push_back(writer.elements() / rows());
  };
  add({rows(), rank_}, NumberFormat(), "singular_values", response_.mutable_singular_values());
  add({rows(), rank_}, NumberFormat(), "residuals", response_.mutable_residuals());
  add({rows(), rank_, autoencoder().input_units()}, format, "directions",
      response_.mutable_directions());
  if (request_.include_code_directions()) {
    add({rows(), rank_, autoencoder().units(layer_)}, format, "code_directions",
        response_.mutable_code_directions());
  }
  if (request_.include_contractions()) {
    add({rows()}, NumberFormat(), "contractions", response_.mutable_contractions());
  }
}

void TangentsOperation::WriteRows(Index first, ConstMatrixView rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    const float* next = rows.data() + i * rows.cols();
    auto columns = columns_.begin();
    for (TensorWriter& answer : answers_) {
      answer.Write((first + i) * *columns, absl::MakeConstSpan(next, *columns));
      next += *columns++;
    }
  }
}

absl::Status TangentsOperation::FinishAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  for (TensorWriter& answer : answers_) CAE_RETURN_IF_ERROR(answer.Finish());
  return absl::OkStatus();
}

}  // namespace cae
