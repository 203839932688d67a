#include "server/requests/decode_operation.h"

#include "core/base/status_macros.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"

namespace cae {

DecodeOperation::DecodeOperation(const v1::DecodeRequest& request, v1::DecodeResponse& response)
    : UnaryOperation("Decode", request.model(), request.codes(), "codes"),
      request_(request),
      response_(response) {}

absl::StatusOr<Index> DecodeOperation::CheckParameters() {
  CAE_ASSIGN_OR_RETURN(layer_, ResolveLayer(request_.layer(), servable()));
  CAE_RETURN_IF_ERROR(CheckOutputType(request_.output_data_type(),
                                      &autoencoder().parameters().layers.front().decoder_activation,
                                      "outputs", servable()));
  return autoencoder().units(layer_);
}

std::int64_t DecodeOperation::AnswerBytesPerRow() const {
  return autoencoder().input_units() * ElementBytes(request_.output_data_type());
}

std::unique_ptr<const RowKernel> DecodeOperation::MakeKernel() const {
  return DecodeKernel(handle(), layer_);
}

void DecodeOperation::Allocate() {
  outputs_.emplace(Shape{rows(), autoencoder().input_units()},
                   FormatOf(request_.output_data_type()), "outputs", response_.mutable_outputs());
}

void DecodeOperation::WriteRows(Index first, ConstMatrixView rows) {
  if (output_in_place() == nullptr) outputs_->WriteRows(first, rows);
}

absl::Status DecodeOperation::FinishAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  return outputs_->Finish();
}

}  // namespace cae
