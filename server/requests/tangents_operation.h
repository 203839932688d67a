// TangentsOperation: tangent planes of the learnt manifold.
#ifndef CAE_SERVER_REQUESTS_TANGENTS_OPERATION_H_
#define CAE_SERVER_REQUESTS_TANGENTS_OPERATION_H_

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// The `rank` leading singular triplets of ∂h_layer/∂x at each row, certified by their residuals:
/// INTERNAL rather than an answer beyond the tolerance.
class TangentsOperation final : public UnaryOperation {
 public:
  TangentsOperation(const v1::TangentsRequest& request, v1::TangentsResponse& response);
  void WriteRows(Index first, ConstMatrixView rows) override;
  absl::Status FinishAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  absl::Status CheckLimits() const override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  std::unique_ptr<const RowKernel> MakeKernel() const override;
  void Allocate() override;

 private:
  absl::Status CheckTolerance() const;

  const v1::TangentsRequest& request_;
  v1::TangentsResponse& response_;
  int layer_ = 0;
  Index rank_ = 0;
  // The tensors of the answer, in the order of the kernel's columns, and how many of them belong to
  // each.
  std::deque<TensorWriter> answers_;  // which cannot be moved
  std::vector<Index> columns_;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_TANGENTS_OPERATION_H_
