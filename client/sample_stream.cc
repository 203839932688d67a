#include "client/sample_stream.h"

#include <utility>

#include "client/answer_tensor.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

absl::StatusOr<SampleBatch> ReadBatch(v1::SampleResponse& response, Index chains) {
  SampleBatch batch;
  batch.first_draw = response.first_draw();
  batch.chains = chains;
  if (response.has_samples()) {
    CAE_ASSIGN_OR_RETURN(batch.samples,
                         ReadAnswer(response.samples(), "samples", {kAnySize, chains, kAnySize}));
    batch.draws = response.samples().shape(0);
  }
  if (response.has_codes()) {
    CAE_ASSIGN_OR_RETURN(batch.codes,
                         ReadAnswer(response.codes(), "codes", {batch.draws, chains, kAnySize}));
  }
  if (response.has_state()) batch.state = std::move(*response.mutable_state());
  if (response.has_diagnostics()) batch.diagnostics = std::move(*response.mutable_diagnostics());
  return batch;
}

}  // namespace

absl::StatusOr<std::optional<SampleBatch>> SampleStream::Next() {
  CAE_ASSIGN_OR_RETURN(std::optional<v1::SampleResponse> response, reader_->Read());
  if (!response.has_value()) return std::nullopt;
  if (observer_) CAE_RETURN_IF_ERROR(observer_(*response));
  if (response->has_header()) header_ = response->header();
  if (!header_.has_value() || header_->chains() < 1) {
    return absl::InternalError(
        "the server's answer is broken: the stream does not begin with a header");
  }
  CAE_ASSIGN_OR_RETURN(SampleBatch batch, ReadBatch(*response, header_->chains()));
  return std::optional<SampleBatch>(std::move(batch));
}

}  // namespace cae
