// DecodeOperation: inputs from codes.
#ifndef CAE_SERVER_REQUESTS_DECODE_OPERATION_H_
#define CAE_SERVER_REQUESTS_DECODE_OPERATION_H_

#include <memory>
#include <optional>

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// g(h) of each row, from the layer asked for down. Codes have no range, but must be finite.
class DecodeOperation final : public UnaryOperation {
 public:
  DecodeOperation(const v1::DecodeRequest& request, v1::DecodeResponse& response);
  float* output_in_place() override { return outputs_->in_place(); }
  void WriteRows(Index first, ConstMatrixView rows) override;
  absl::Status FinishAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  std::int64_t AnswerBytesPerRow() const override;
  std::unique_ptr<const RowKernel> MakeKernel() const override;
  void Allocate() override;

 private:
  const v1::DecodeRequest& request_;
  v1::DecodeResponse& response_;
  int layer_ = 0;
  std::optional<TensorWriter> outputs_;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_DECODE_OPERATION_H_
