// UnaryOperation: one unary request of CaeService, from its checks to its answer.
#ifndef CAE_SERVER_REQUESTS_UNARY_OPERATION_H_
#define CAE_SERVER_REQUESTS_UNARY_OPERATION_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cae/v1/model_service.pb.h"
#include "core/math/workspace.h"
#include "core/serving/executor.h"
#include "core/serving/servable.h"
#include "server/requests/request_rows.h"

namespace cae {

/// Bytes of an element of an answer; UNSPECIFIED is FLOAT32.
inline constexpr std::int64_t kFloatBytes = 4;

/// The steps that all unary methods share; a method is a subclass that fills in the rest. Whoever
/// runs it calls, each once and in this order, giving up at the first error:
///
///   CheckTensor        row 3 of the error table, before the model is known
///   CheckAgainst       rows 4 and 5
///   CheckContents      rows 6 and 7; not on a thread of the network unless contents_are_small()
///   ComputeSlice       until it returns kDone; on compute threads, never two at a time
///   WriteAnswer        fills in the response
///
/// Refers to the request and the response, which must outlive it. Thread-compatible.
class UnaryOperation {
 public:
  virtual ~UnaryOperation() = default;
  UnaryOperation(const UnaryOperation&) = delete;
  UnaryOperation& operator=(const UnaryOperation&) = delete;

  /// The rpc's name: "Encode".
  const char* method() const { return method_; }
  const v1::ModelSelector& selector() const { return selector_; }
  Index rows() const { return rows_.rows(); }
  bool contents_are_small() const { return rows_.is_small(); }
  /// kStream where a row takes so long that requests of a few milliseconds should go before it.
  virtual Job::Kind kind() const { return Job::Kind::kUnary; }

  absl::Status CheckTensor() const { return rows_.CheckItself(); }
  absl::Status CheckAgainst(ServableHandle servable);
  absl::Status CheckContents();
  /// Computes rows for a few milliseconds, one block of them at least. Where the cuts fall does not
  /// change a bit of the answer.
  absl::StatusOr<Job::Slice> ComputeSlice(Workspace& workspace);
  /// OUT_OF_RANGE where the output type cannot hold a number of the answer.
  virtual absl::Status WriteAnswer() = 0;

 protected:
  UnaryOperation(const char* method, const v1::ModelSelector& selector, const v1::Tensor& rows,
                 const char* field)
      : method_(method), selector_(selector), rows_(rows, field) {}

  /// Row 4 but for the rows: the columns that the rows must have.
  virtual absl::StatusOr<Index> CheckParameters() = 0;
  /// Row 5 beyond rows and bytes.
  virtual absl::Status CheckLimits() const { return absl::OkStatus(); }
  virtual std::int64_t AnswerBytesPerRow() const = 0;
  /// Bounds of the values of the rows; none: any finite number.
  virtual std::optional<ValueBounds> Bounds() const { return std::nullopt; }
  /// Row 7.
  virtual absl::Status CheckPreconditions() const { return absl::OkStatus(); }
  /// Makes room for the answers of rows(), before the first ComputeRows.
  virtual void Allocate() = 0;
  /// Rows to compute between two looks at the clock.
  virtual Index rows_per_block() const { return kRowsPerBlock; }
  /// Answers rows [first, first + count) of input().
  virtual absl::Status ComputeRows(Index first, Index count, Workspace& workspace) = 0;

  const Servable& servable() const { return *servable_; }
  const Autoencoder& autoencoder() const { return *servable_->autoencoder; }
  const v1::Tensor& input_tensor() const { return rows_.tensor(); }
  ConstMatrixView input() const { return rows_.view().value_or(ConstMatrixView(converted_)); }
  /// Writes one FLOAT32 number a row.
  absl::Status WriteNumbers(const Vector& numbers, const char* field, v1::Tensor* tensor) const;

 private:
  static constexpr Index kRowsPerBlock = 64;

  const char* const method_;
  const v1::ModelSelector& selector_;
  RequestRows rows_;
  ServableHandle servable_;
  Index next_row_ = 0;
  Matrix converted_;  ///< empty where the rows are read where they lie
};

/// Row `row` of single-precision numbers in double precision.
inline VectorD RowOf(ConstMatrixView rows, Index row) {
  return rows.row(row).cast<double>().transpose();
}

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_UNARY_OPERATION_H_
