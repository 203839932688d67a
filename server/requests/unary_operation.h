// UnaryOperation: one unary request of CaeService, from its checks to its answer.
#ifndef CAE_SERVER_REQUESTS_UNARY_OPERATION_H_
#define CAE_SERVER_REQUESTS_UNARY_OPERATION_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cae/v1/model_service.pb.h"
#include "core/serving/row_kernel.h"
#include "core/serving/row_kernels.h"
#include "core/serving/servable.h"
#include "proto/codec/tensor_writer.h"
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
///   Prepare            makes room for the answer
///   ReadRows, kernel(), WriteRows
///                      until all rows are written; distinct rows on any threads
///   FinishAnswer       fills in the rest of the response
///
/// Refers to the request and the response, which must outlive it. Thread-compatible but for what is
/// said of rows.
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

  absl::Status CheckTensor() const { return rows_.CheckItself(); }
  absl::Status CheckAgainst(ServableHandle servable);
  absl::Status CheckContents();
  void Prepare() { Allocate(); }

  /// What computes the answer's rows, from CheckAgainst() on.
  const RowKernel& kernel() const { return *kernel_; }
  /// All rows of the request, where they lie as floats; else null.
  const float* input_in_place() const;
  void ReadRows(Index first, MatrixView into) const { rows_.Read(first, into); }
  /// Where all rows of the kernel's output are sent from, as they are; else null.
  virtual float* output_in_place() { return nullptr; }
  /// Takes rows [first, first + rows.rows()) of the kernel's output.
  virtual void WriteRows(Index first, ConstMatrixView rows) = 0;
  /// OUT_OF_RANGE where the output type cannot hold a number of the answer.
  virtual absl::Status FinishAnswer() = 0;

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
  virtual std::unique_ptr<const RowKernel> MakeKernel() const = 0;
  /// Makes room for the answers of rows().
  virtual void Allocate() = 0;

  /// Of a tensor of the answer.
  using Shape = std::initializer_list<std::int64_t>;

  const ServableHandle& handle() const { return servable_; }
  const Servable& servable() const { return *servable_; }
  const Autoencoder& autoencoder() const { return *servable_->autoencoder; }
  /// How answers of that type are written.
  TensorFormat FormatOf(v1::DataType type) const { return AnswerFormat(rows_.tensor(), type); }
  /// Of numbers that are FLOAT32 whatever type is asked for.
  TensorFormat NumberFormat() const { return FormatOf(v1::DATA_TYPE_FLOAT32); }

 private:
  const char* const method_;
  const v1::ModelSelector& selector_;
  RequestRows rows_;
  ServableHandle servable_;
  std::unique_ptr<const RowKernel> kernel_;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_UNARY_OPERATION_H_
