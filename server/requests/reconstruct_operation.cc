#include "server/requests/reconstruct_operation.h"

#include "core/base/status_macros.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"

namespace cae {

ReconstructOperation::ReconstructOperation(const v1::ReconstructRequest& request,
                                           v1::ReconstructResponse& response)
    : UnaryOperation("Reconstruct", request.model(), request.inputs(), "inputs"),
      request_(request),
      response_(response) {}

absl::StatusOr<Index> ReconstructOperation::CheckParameters() {
  CAE_RETURN_IF_ERROR(CheckOutputType(request_.output_data_type(),
                                      &autoencoder().parameters().layers.front().decoder_activation,
                                      "outputs", servable()));
  return autoencoder().input_units();
}

std::int64_t ReconstructOperation::AnswerBytesPerRow() const {
  const std::int64_t numbers = request_.include_contractions() ? 2 : 1;
  return autoencoder().input_units() * ElementBytes(request_.output_data_type()) +
         numbers * kFloatBytes;
}

std::optional<ValueBounds> ReconstructOperation::Bounds() const {
  return InputBounds(servable(), request_.allow_out_of_range());
}

std::unique_ptr<const RowKernel> ReconstructOperation::MakeKernel() const {
  return ReconstructKernel(handle(), request_.include_contractions());
}

void ReconstructOperation::Allocate() {
  outputs_.emplace(Shape{rows(), autoencoder().input_units()},
                   FormatOf(request_.output_data_type()), "outputs", response_.mutable_outputs());
  losses_.emplace(Shape{rows()}, NumberFormat(), "losses", response_.mutable_losses());
  if (!request_.include_contractions()) return;
  contractions_.emplace(Shape{rows()}, NumberFormat(), "contractions",
                        response_.mutable_contractions());
}

void ReconstructOperation::WriteRows(Index first, ConstMatrixView rows) {
  const Index units = autoencoder().input_units();
  for (Index i = 0; i < rows.rows(); ++i) {
    const float* row = rows.data() + i * rows.cols();
    outputs_->Write((first + i) * units, absl::MakeConstSpan(row, units));
    losses_->Write(first + i, absl::MakeConstSpan(row + units, 1));
    if (contractions_.has_value()) {
      contractions_->Write(first + i, absl::MakeConstSpan(row + units + 1, 1));
    }
  }
}

absl::Status ReconstructOperation::FinishAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  return outputs_->Finish();  // the numbers are floats, which always fit
}

}  // namespace cae
