// ClassifyOperation: classes of inputs.
#ifndef CAE_SERVER_REQUESTS_CLASSIFY_OPERATION_H_
#define CAE_SERVER_REQUESTS_CLASSIFY_OPERATION_H_

#include <memory>
#include <optional>

#include "cae/v1/cae_service.pb.h"
#include "server/requests/unary_operation.h"

namespace cae {

/// The classes of each row, most probable first, and its logits if asked for.
class ClassifyOperation final : public UnaryOperation {
 public:
  ClassifyOperation(const v1::ClassifyRequest& request, v1::ClassifyResponse& response);
  float* output_in_place() override { return logits_.data(); }
  void WriteRows(Index, ConstMatrixView) override {}  // they stand where they belong
  absl::Status FinishAnswer() override;

 protected:
  absl::StatusOr<Index> CheckParameters() override;
  std::int64_t AnswerBytesPerRow() const override;
  std::optional<ValueBounds> Bounds() const override;
  absl::Status CheckPreconditions() const override;
  std::unique_ptr<const RowKernel> MakeKernel() const override;
  void Allocate() override;

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
