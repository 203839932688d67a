// TangentsOperation: tangent planes of the learnt manifold.
#ifndef CAE_SERVER_REQUESTS_TANGENTS_OPERATION_H_
#define CAE_SERVER_REQUESTS_TANGENTS_OPERATION_H_

#include "cae/v1/cae_service.pb.h"
#include "core/tangents/tangent_space.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// The `rank` leading singular triplets of ∂h_layer/∂x at each row, certified by their residuals:
/// INTERNAL rather than an answer beyond the tolerance.
class TangentsOperation final : public UnaryOperation {
 public:
  TangentsOperation(const v1::TangentsRequest& request, v1::TangentsResponse& response);
  Job::Kind kind() const override { return Job::Kind::kStream; }
  absl::Status WriteAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  absl::Status CheckLimits() const override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  void Allocate() override;
  Index rows_per_block() const override { return 1; }
  absl::Status ComputeRows(Index first, Index count, Workspace& workspace) override;

 private:
  absl::Status CheckTolerance() const;
  /// INTERNAL unless every residual of the row is within the tolerance.
  absl::Status CheckResiduals(Index row, const TangentSpace& tangents) const;

  const v1::TangentsRequest& request_;
  v1::TangentsResponse& response_;
  int layer_ = 0;
  Index rank_ = 0;
  // Row i of the request: row i of the [n, k] matrices, rows [i k, (i + 1) k) of the others.
  Matrix singular_values_;
  Matrix residuals_;
  Matrix directions_;
  Matrix code_directions_;  ///< empty unless asked for
  Vector contractions_;     ///< empty unless asked for
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_TANGENTS_OPERATION_H_
