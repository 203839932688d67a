// InputRows: rows to send, as floats or as pixels.
#ifndef CAE_CLIENT_INPUT_ROWS_H_
#define CAE_CLIENT_INPUT_ROWS_H_

#include <cstdint>
#include <variant>

#include "absl/status/status.h"
#include "cae/v1/tensor.pb.h"
#include "core/math/matrix.h"

namespace cae {

/// One example a row. Bytes are sent as UINT8 and mean b / 255.0f: the natural form of pixels, a
/// quarter of the traffic. A view: the matrix must outlive it. Thread-compatible.
class InputRows {
 public:
  using Bytes = Eigen::Map<const MatrixOf<std::uint8_t>>;

  InputRows(ConstMatrixView values) : rows_(values) {}  // NOLINT(google-explicit-constructor)
  InputRows(const Matrix& values)                       // NOLINT(google-explicit-constructor)
      : rows_(ConstMatrixView(values)) {}
  InputRows(const MatrixOf<std::uint8_t>& pixels)  // NOLINT(google-explicit-constructor)
      : rows_(Bytes(pixels.data(), pixels.rows(), pixels.cols())) {}

  Index rows() const;
  Index cols() const;
  /// Bytes on the wire of one row.
  std::int64_t row_bytes() const;

  /// Writes rows [first, first + count) as a tensor [count, cols()].
  absl::Status Write(Index first, Index count, v1::Tensor* tensor) const;

 private:
  std::variant<ConstMatrixView, Bytes> rows_;
};

}  // namespace cae

#endif  // CAE_CLIENT_INPUT_ROWS_H_
