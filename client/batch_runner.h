// BatchRunner: cuts a batch into requests that fit the limits of its model.
#ifndef CAE_CLIENT_BATCH_RUNNER_H_
#define CAE_CLIENT_BATCH_RUNNER_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/model_reference.h"
#include "client/operations.h"
#include "client/request_plan.h"
#include "core/base/mutex.h"
#include "core/math/matrix.h"

namespace cae {

/// Keeps the limits of the models it has seen, so that small requests cost one call. Thread-safe;
/// no lock is held during a call.
class BatchRunner {
 public:
  /// What a row costs, given the model's card.
  using CostFunction = absl::FunctionRef<RowCost(const v1::Model& card)>;
  /// Sends rows [first, first + count) and stores the answer; returns who answered.
  using PartFunction = absl::FunctionRef<absl::StatusOr<v1::ModelIdentity>(
      const v1::ModelSelector& selector, Index first, Index count)>;

  explicit BatchRunner(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  /// Runs `part` over all rows, in order. Several parts go to one version, the one that `model`
  /// stands for now; ABORTED if its file was replaced between two of them, for their rows would not
  /// belong together. INVALID_ARGUMENT where rows is 0. `progress` hears of each part.
  absl::StatusOr<v1::ModelIdentity> Run(const ModelReference& model, Index rows, CostFunction cost,
                                        PartFunction part, const RowProgress& progress = {});

 private:
  absl::StatusOr<v1::Model> FetchCard(const ModelReference& model);
  absl::StatusOr<v1::Model> KnownCard(const ModelReference& model) ABSL_LOCKS_EXCLUDED(mutex_);
  void Forget(const ModelReference& model) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<v1::ModelIdentity> RunParts(const v1::ModelSelector& selector, Index rows,
                                             Index rows_per_part, PartFunction part,
                                             const RowProgress& progress);

  const std::shared_ptr<Connection> connection_;
  Mutex mutex_;
  std::map<std::string, v1::Model> cards_ ABSL_GUARDED_BY(mutex_);  ///< by reference, as text
};

}  // namespace cae

#endif  // CAE_CLIENT_BATCH_RUNNER_H_
