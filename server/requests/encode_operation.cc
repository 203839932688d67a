#include "server/requests/encode_operation.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_codec.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"

namespace cae {

EncodeOperation::EncodeOperation(const v1::EncodeRequest& request, v1::EncodeResponse& response)
    : UnaryOperation("Encode", request.model(), request.inputs(), "inputs"),
      request_(request),
      response_(response) {}

absl::StatusOr<Index> EncodeOperation::CheckParameters() {
  CAE_ASSIGN_OR_RETURN(layer_, ResolveLayer(request_.layer(), servable()));
  const Activation& activation = autoencoder().parameters().layers[layer_ - 1].encoder.activation;
  CAE_RETURN_IF_ERROR(CheckOutputType(request_.output_data_type(), &activation,
                                      absl::StrCat("codes of layer ", layer_), servable()));
  return autoencoder().input_units();
}

std::int64_t EncodeOperation::AnswerBytesPerRow() const {
  return autoencoder().units(layer_) * ElementBytes(request_.output_data_type());
}

std::optional<ValueBounds> EncodeOperation::Bounds() const {
  return InputBounds(servable(), request_.allow_out_of_range());
}

void EncodeOperation::Allocate() { codes_.resize(rows(), autoencoder().units(layer_)); }

absl::Status EncodeOperation::ComputeRows(Index first, Index count, Workspace& workspace) {
  autoencoder().Encode(Rows(input(), first, count), layer_, Rows(MatrixView(codes_), first, count),
                       workspace);
  return absl::OkStatus();
}

absl::Status EncodeOperation::WriteAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  return EncodeTensor(codes_, AnswerFormat(input_tensor(), request_.output_data_type()), "codes",
                      response_.mutable_codes());
}

}  // namespace cae
