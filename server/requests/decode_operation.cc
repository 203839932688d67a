#include "server/requests/decode_operation.h"

#include "core/base/status_macros.h"
#include "proto/codec/tensor_codec.h"
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

void DecodeOperation::Allocate() { outputs_.resize(rows(), autoencoder().input_units()); }

absl::Status DecodeOperation::ComputeRows(Index first, Index count, Workspace& workspace) {
  autoencoder().Decode(Rows(input(), first, count), layer_,
                       Rows(MatrixView(outputs_), first, count), workspace);
  return absl::OkStatus();
}

absl::Status DecodeOperation::WriteAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  return EncodeTensor(outputs_, AnswerFormat(input_tensor(), request_.output_data_type()),
                      "outputs", response_.mutable_outputs());
}

}  // namespace cae
