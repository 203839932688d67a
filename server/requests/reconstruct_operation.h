// ReconstructOperation: reconstructions of inputs, their losses and contractions.
#ifndef CAE_SERVER_REQUESTS_RECONSTRUCT_OPERATION_H_
#define CAE_SERVER_REQUESTS_RECONSTRUCT_OPERATION_H_

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// g(f(x)) of each row with its loss in nats; if asked, ‖J(x)‖²_F of the whole stack, row by row in
/// double precision.
class ReconstructOperation final : public UnaryOperation {
 public:
  ReconstructOperation(const v1::ReconstructRequest& request, v1::ReconstructResponse& response);
  Job::Kind kind() const override;
  absl::Status WriteAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  void Allocate() override;
  Index rows_per_block() const override;
  absl::Status ComputeRows(Index first, Index count, Workspace& workspace) override;

 private:
  const v1::ReconstructRequest& request_;
  v1::ReconstructResponse& response_;
  Matrix outputs_;
  Vector losses_;
  Vector contractions_;  ///< empty unless asked for
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_RECONSTRUCT_OPERATION_H_
