#include "client/batch_runner.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {

absl::StatusOr<v1::ModelIdentity> BatchRunner::Run(const ModelReference& model, Index rows,
                                                   CostFunction cost, PartFunction part,
                                                   const RowProgress& progress) {
  if (rows == 0) return absl::InvalidArgumentError("there is no row to send");
  CAE_ASSIGN_OR_RETURN(v1::Model card, KnownCard(model));
  v1::ModelSelector selector = model.ToSelector();
  Index rows_per_part = RowsPerRequest(card.limits(), cost(card));
  if (rows > rows_per_part) {
    // The default version or a label may have moved since the card was kept.
    CAE_ASSIGN_OR_RETURN(card, FetchCard(model));
    selector.set_version(card.version());
    rows_per_part = RowsPerRequest(card.limits(), cost(card));
  }
  absl::StatusOr<v1::ModelIdentity> identity =
      RunParts(selector, rows, rows_per_part, part, progress);
  // The limits may be others by now; the next call is to see them.
  if (!identity.ok()) Forget(model);
  return identity;
}

absl::StatusOr<v1::ModelIdentity> BatchRunner::RunParts(const v1::ModelSelector& selector,
                                                        Index rows, Index rows_per_part,
                                                        PartFunction part,
                                                        const RowProgress& progress) {
  v1::ModelIdentity first_identity;
  for (Index first = 0; first < rows; first += rows_per_part) {
    const Index count = std::min(rows_per_part, rows - first);
    CAE_ASSIGN_OR_RETURN(v1::ModelIdentity identity, part(selector, first, count));
    if (first == 0) {
      first_identity = std::move(identity);
    } else if (identity.digest() != first_identity.digest() ||
               identity.fingerprint() != first_identity.fingerprint()) {
      return absl::AbortedError(absl::StrCat(
          DescribeModel(identity.name(), identity.version()), " was replaced, or another replica ",
          "answered, after ", first, " of ", rows, " rows: the digest or the fingerprint is ",
          "another. Run the batch again"));
    }
    if (progress) progress(first + count);
  }
  return first_identity;
}

absl::StatusOr<v1::Model> BatchRunner::FetchCard(const ModelReference& model) {
  v1::GetModelRequest request;
  *request.mutable_model() = model.ToSelector();
  CAE_ASSIGN_OR_RETURN(v1::GetModelResponse response, connection_->GetModel(request));
  const MutexLock lock(mutex_);
  return cards_[model.ToString()] = std::move(*response.mutable_model());
}

absl::StatusOr<v1::Model> BatchRunner::KnownCard(const ModelReference& model) {
  {
    const MutexLock lock(mutex_);
    const auto known = cards_.find(model.ToString());
    if (known != cards_.end()) return known->second;
  }
  return FetchCard(model);
}

void BatchRunner::Forget(const ModelReference& model) {
  const MutexLock lock(mutex_);
  cards_.erase(model.ToString());
}

}  // namespace cae
