#include "server/requests/tangents_operation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/model/jacobian_operator.h"
#include "core/tangents/dense_tangents.h"
#include "proto/codec/tensor_codec.h"
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

void TangentsOperation::Allocate() {
  singular_values_.resize(rows(), rank_);
  residuals_.resize(rows(), rank_);
  directions_.resize(rows() * rank_, autoencoder().input_units());
  if (request_.include_code_directions()) {
    code_directions_.resize(rows() * rank_, autoencoder().units(layer_));
  }
  if (request_.include_contractions()) contractions_.resize(rows());
}

absl::Status TangentsOperation::CheckResiduals(Index row, const TangentSpace& tangents) const {
  Index worst = 0;
  const double residual = tangents.residuals.maxCoeff(&worst);
  if (residual <= Tolerance(request_)) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "singular triplet ", worst, " of row ", row, " has the residual ", residual,
      ", beyond the tolerance of ", Tolerance(request_), "; a larger tolerance may be met"));
}

absl::Status TangentsOperation::ComputeRows(Index first, Index count, Workspace& workspace) {
  const ReferenceAutoencoder& reference = *servable().reference;
  for (Index row = first; row < first + count; ++row) {
    const auto states = reference.Forward(RowOf(input(), row), 1, layer_);
    const JacobianOperator jacobian(reference, states, 1);
    const TangentSpace tangents = DenseTangents(jacobian, rank_);
    CAE_RETURN_IF_ERROR(CheckResiduals(row, tangents));
    singular_values_.row(row) = tangents.singular_values.cast<float>();
    residuals_.row(row) = tangents.residuals.cast<float>();
    directions_.middleRows(row * rank_, rank_) = tangents.directions.cast<float>();
    if (request_.include_code_directions()) {
      code_directions_.middleRows(row * rank_, rank_) = tangents.code_directions.cast<float>();
    }
  }
  if (!request_.include_contractions()) return absl::OkStatus();
  autoencoder().Contractions(Rows(input(), first, count), layer_,
                             contractions_.segment(first, count), workspace);
  return absl::OkStatus();
}

absl::Status TangentsOperation::WriteAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  const TensorFormat format = AnswerFormat(input_tensor(), request_.output_data_type());
  const TensorFormat numbers = AnswerFormat(input_tensor(), v1::DATA_TYPE_FLOAT32);
  const auto write = [this](const Matrix& rows, TensorFormat as, const char* field,
                            v1::Tensor* tensor) {
    return EncodeTensor(absl::MakeConstSpan(rows.data(), rows.size()),
                        {this->rows(), rank_, rows.cols()}, as, field, tensor);
  };
  CAE_RETURN_IF_ERROR(EncodeTensor(singular_values_, numbers, "singular_values",
                                   response_.mutable_singular_values()));
  CAE_RETURN_IF_ERROR(write(directions_, format, "directions", response_.mutable_directions()));
  CAE_RETURN_IF_ERROR(
      EncodeTensor(residuals_, numbers, "residuals", response_.mutable_residuals()));
  if (request_.include_code_directions()) {
    CAE_RETURN_IF_ERROR(
        write(code_directions_, format, "code_directions", response_.mutable_code_directions()));
  }
  if (!request_.include_contractions()) return absl::OkStatus();
  return WriteNumbers(contractions_, "contractions", response_.mutable_contractions());
}

}  // namespace cae
