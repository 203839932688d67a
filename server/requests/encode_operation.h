// EncodeOperation: codes of inputs.
#ifndef CAE_SERVER_REQUESTS_ENCODE_OPERATION_H_
#define CAE_SERVER_REQUESTS_ENCODE_OPERATION_H_

#include <memory>
#include <optional>

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// f(x) of each row, up to the layer asked for.
class EncodeOperation final : public UnaryOperation {
 public:
  EncodeOperation(const v1::EncodeRequest& request, v1::EncodeResponse& response);
  float* output_in_place() override { return codes_->in_place(); }
  void WriteRows(Index first, ConstMatrixView rows) override;
  absl::Status FinishAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  std::unique_ptr<const RowKernel> MakeKernel() const override;
  void Allocate() override;

 private:
  const v1::EncodeRequest& request_;
  v1::EncodeResponse& response_;
  int layer_ = 0;
  std::optional<TensorWriter> codes_;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_ENCODE_OPERATION_H_
