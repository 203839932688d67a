// ReconstructOperation: reconstructions of inputs, their losses and contractions.
#ifndef CAE_SERVER_REQUESTS_RECONSTRUCT_OPERATION_H_
#define CAE_SERVER_REQUESTS_RECONSTRUCT_OPERATION_H_

#include <memory>
#include <optional>

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// g(f(x)) of each row with its loss in nats; if asked, ‖J(x)‖²_F of the whole stack.
class ReconstructOperation final : public UnaryOperation {
 public:
  ReconstructOperation(const v1::ReconstructRequest& request, v1::ReconstructResponse& response);
  void WriteRows(Index first, ConstMatrixView rows) override;
  absl::Status FinishAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  std::unique_ptr<const RowKernel> MakeKernel() const override;
  void Allocate() override;

 private:
  const v1::ReconstructRequest& request_;
  v1::ReconstructResponse& response_;
  std::optional<TensorWriter> outputs_;
  std::optional<TensorWriter> losses_;
  std::optional<TensorWriter> contractions_;  ///< none unless asked for
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_RECONSTRUCT_OPERATION_H_
