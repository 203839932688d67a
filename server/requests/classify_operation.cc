#include "server/requests/classify_operation.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_codec.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"

namespace cae {
namespace {

/// Most bytes of tags, lengths, index and probability beside the label of a ClassScore.
constexpr std::int64_t kScoreBytes = 24;
/// The same of the Classification around them.
constexpr std::int64_t kResultBytes = 8;

}  // namespace

ClassifyOperation::ClassifyOperation(const v1::ClassifyRequest& request,
                                     v1::ClassifyResponse& response)
    : UnaryOperation("Classify", request.model(), request.inputs(), "inputs"),
      request_(request),
      response_(response) {}

Index ClassifyOperation::ClassesWanted() const {
  if (!autoencoder().has_classifier()) return 0;
  const Index classes = autoencoder().classes();
  return request_.top_k() == 0 ? classes : std::min<Index>(request_.top_k(), classes);
}

absl::StatusOr<Index> ClassifyOperation::CheckParameters() {
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.top_k(), 0, "top_k", Describe(servable())));
  return autoencoder().input_units();
}

std::int64_t ClassifyOperation::AnswerBytesPerRow() const {
  std::size_t longest = 0;
  for (const std::string& label : autoencoder().card().class_labels) {
    longest = std::max(longest, label.size());
  }
  const Index logits =
      request_.include_logits() && autoencoder().has_classifier() ? autoencoder().classes() : 0;
  return kResultBytes + ClassesWanted() * (kScoreBytes + static_cast<std::int64_t>(longest)) +
         logits * kFloatBytes;
}

std::optional<ValueBounds> ClassifyOperation::Bounds() const {
  return InputBounds(servable(), request_.allow_out_of_range());
}

absl::Status ClassifyOperation::CheckPreconditions() const {
  if (autoencoder().has_classifier()) return absl::OkStatus();
  return WithErrorInfo(
      absl::FailedPreconditionError(
          absl::StrCat(Describe(servable()), " has no classifier; its codes can be had by Encode")),
      kReasonNoClassifier, {{"model", servable().identity.name}});
}

std::unique_ptr<const RowKernel> ClassifyOperation::MakeKernel() const {
  return ClassifyKernel(handle());
}

void ClassifyOperation::Allocate() { logits_.resize(rows(), autoencoder().classes()); }

void ClassifyOperation::WriteClasses(Index row, v1::Classification& result) const {
  const auto probabilities = probabilities_.row(row);
  std::vector<Index> order(probabilities.size());
  std::iota(order.begin(), order.end(), Index{0});
  const auto end = order.begin() + ClassesWanted();
  std::partial_sort(order.begin(), end, order.end(), [&probabilities](Index a, Index b) {
    return probabilities[a] != probabilities[b] ? probabilities[a] > probabilities[b] : a < b;
  });
  for (auto it = order.begin(); it != end; ++it) {
    v1::ClassScore& score = *result.add_classes();
    score.set_index(static_cast<std::int32_t>(*it));
    score.set_label(autoencoder().card().class_labels[*it]);
    score.set_probability(probabilities[*it]);
  }
}

absl::Status ClassifyOperation::FinishAnswer() {
  *response_.mutable_model() = ToMessage(servable().identity);
  // Only inputs far outside the range lead here; NaN has no place in a ranking.
  if (!logits_.allFinite()) {
    return WithErrorInfo(absl::OutOfRangeError("the inputs are so large that logits overflow"),
                         kReasonNotRepresentable, {{"field", "logits"}});
  }
  probabilities_ = logits_;
  SoftmaxRows(probabilities_);
  for (Index row = 0; row < rows(); ++row) WriteClasses(row, *response_.add_results());
  if (!request_.include_logits()) return absl::OkStatus();
  return EncodeTensor(logits_, NumberFormat(), "logits", response_.mutable_logits());
}

}  // namespace cae
