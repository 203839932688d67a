#include "server/requests/reconstruct_operation.h"

#include "core/base/status_macros.h"
#include "proto/codec/tensor_codec.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"

namespace cae {

ReconstructOperation::ReconstructOperation(const v1::ReconstructRequest& request,
                                           v1::ReconstructResponse& response)
    : UnaryOperation("Reconstruct", request.model(), request.inputs(), "inputs"),
      request_(request),
      response_(response) {}

Job::Kind ReconstructOperation::kind() const {
  return request_.include_contractions() ? Job::Kind::kStream : Job::Kind::kUnary;
}

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

void ReconstructOperation::Allocate() {
  outputs_.resize(rows(), autoencoder().input_units());
  losses_.resize(rows());
  if (request_.include_contractions()) contractions_.resize(rows());
}

Index ReconstructOperation::rows_per_block() const {
  return request_.include_contractions() ? 1 : UnaryOperation::rows_per_block();
}

absl::Status ReconstructOperation::ComputeRows(Index first, Index count, Workspace& workspace) {
  autoencoder().Reconstruct(Rows(input(), first, count), Rows(MatrixView(outputs_), first, count),
                            losses_.segment(first, count), workspace);
  if (!request_.include_contractions()) return absl::OkStatus();
  autoencoder().Contractions(Rows(input(), first, count), autoencoder().layers(),
                             contractions_.segment(first, count), workspace);
  return absl::OkStatus();
}

absl::Status ReconstructOperation::WriteAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  CAE_RETURN_IF_ERROR(EncodeTensor(outputs_,
                                   AnswerFormat(input_tensor(), request_.output_data_type()),
                                   "outputs", response_.mutable_outputs()));
  CAE_RETURN_IF_ERROR(WriteNumbers(losses_, "losses", response_.mutable_losses()));
  if (!request_.include_contractions()) return absl::OkStatus();
  return WriteNumbers(contractions_, "contractions", response_.mutable_contractions());
}

}  // namespace cae
