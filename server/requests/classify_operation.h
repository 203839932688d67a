// ClassifyOperation: classes of inputs.
#ifndef CAE_SERVER_REQUESTS_CLASSIFY_OPERATION_H_
#define CAE_SERVER_REQUESTS_CLASSIFY_OPERATION_H_

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// The classes of each row, most probable first, and its logits if asked for.
class ClassifyOperation final : public UnaryOperation {
 public:
  ClassifyOperation(const v1::ClassifyRequest& request, v1::ClassifyResponse& response);
  absl::Status WriteAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  absl::Status CheckPreconditions() const override;
  void Allocate() override;
  absl::Status ComputeRows(Index first, Index count, Workspace& workspace) override;

 private:
  /// Classes a row to return; 0 without a classifier.
  Index ClassesWanted() const;
  void WriteClasses(Index row, v1::Classification& result) const;

  const v1::ClassifyRequest& request_;
  v1::ClassifyResponse& response_;
  Matrix logits_;
  Matrix probabilities_;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_CLASSIFY_OPERATION_H_
