#include "server/requests/encode_operation.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
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

std::unique_ptr<const RowKernel> EncodeOperation::MakeKernel() const {
  return EncodeKernel(handle(), layer_);
}

void EncodeOperation::Allocate() {
  codes_.emplace(Shape{rows(), autoencoder().units(layer_)}, FormatOf(request_.output_data_type()),
                 "codes", response_.mutable_codes());
}

void EncodeOperation::WriteRows(Index first, ConstMatrixView rows) {
  if (output_in_place() == nullptr) codes_->WriteRows(first, rows);
}

absl::Status EncodeOperation::FinishAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  return codes_->Finish();
}

}  // namespace cae
