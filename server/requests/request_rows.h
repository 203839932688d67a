// RequestRows: the rows that a request brings, on their way from a tensor to a matrix.
#ifndef CAE_SERVER_REQUESTS_REQUEST_ROWS_H_
#define CAE_SERVER_REQUESTS_REQUEST_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "cae/v1/tensor.pb.h"
#include "core/math/matrix.h"
#include "core/serving/servable.h"
#include "proto/codec/tensor_check.h"
#include "proto/codec/tensor_codec.h"

namespace cae {

/// Tensors up to so many elements' bytes are looked at value by value on the thread that received
/// them; larger ones on a compute thread.
inline constexpr std::int64_t kSmallTensorBytes = 64 * 1024;

/// One method a row of the error table, to be called in that order. Refers to the tensor, which
/// must outlive it. Thread-compatible.
class RequestRows {
 public:
  /// `field` is the tensor's name in the request: "inputs".
  RequestRows(const v1::Tensor& tensor, const char* field) : tensor_(tensor), field_(field) {}

  /// Row 3: the tensor does not contradict itself.
  absl::Status CheckItself() const { return CheckTensor(tensor_, field_); }
  /// Row 4: it is [rows, columns] or [columns]. From then on rows() is known.
  absl::Status CheckColumns(Index columns, const Servable& servable);
  /// Row 6: its values are finite and within the bounds. O(elements).
  absl::Status CheckContents(const std::optional<ValueBounds>& bounds,
                             const Servable& servable) const;

  /// Whether CheckContents is quick enough for a thread of the network.
  bool is_small() const;
  const char* field() const { return field_; }
  const v1::Tensor& tensor() const { return tensor_; }
  Index rows() const { return rows_; }
  /// The rows where they lie in the tensor; nullopt where they must be converted.
  std::optional<ConstMatrixView> view() const { return ViewTensor(tensor_); }
  /// Rows [first, first + rows.rows()), converted. On any thread.
  void Read(Index first, MatrixView rows) const {
    ReadElements(tensor_, first * rows.cols(), absl::MakeSpan(rows.data(), rows.size()));
  }

 private:
  const v1::Tensor& tensor_;
  const char* const field_;
  Index rows_ = 0;
};

/// The input range of the card; none where the request allows values outside of it.
std::optional<ValueBounds> InputBounds(const Servable& servable, bool allow_out_of_range);

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_REQUEST_ROWS_H_
