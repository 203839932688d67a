// EncodeOperation: codes of inputs.
#ifndef CAE_SERVER_REQUESTS_ENCODE_OPERATION_H_
#define CAE_SERVER_REQUESTS_ENCODE_OPERATION_H_

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// f(x) of each row, up to the layer asked for.
class EncodeOperation final : public UnaryOperation {
 public:
  EncodeOperation(const v1::EncodeRequest& request, v1::EncodeResponse& response);
  absl::Status WriteAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  void Allocate() override;
  absl::Status ComputeRows(Index first, Index count, Workspace& workspace) override;

 private:
  const v1::EncodeRequest& request_;
  v1::EncodeResponse& response_;
  int layer_ = 0;
  Matrix codes_;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_ENCODE_OPERATION_H_
