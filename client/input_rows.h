// InputRows: rows to send, in one of the wire's types.
#ifndef CAE_CLIENT_INPUT_ROWS_H_
#define CAE_CLIENT_INPUT_ROWS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "cae/v1/tensor.pb.h"
#include "core/math/matrix.h"

namespace cae {

/// One example a row. Bytes are sent as UINT8 and mean b / 255.0f: the natural form of pixels, a
/// quarter of the traffic. A view: the elements must outlive it. Thread-compatible.
class InputRows {
 public:
  InputRows(ConstMatrixView values)  // NOLINT(google-explicit-constructor)
      : InputRows(v1::DATA_TYPE_FLOAT32, BytesOf(values), values.rows(), values.cols()) {}
  InputRows(const Matrix& values)  // NOLINT(google-explicit-constructor)
      : InputRows(ConstMatrixView(values)) {}
  InputRows(const MatrixOf<std::uint8_t>& pixels)  // NOLINT(google-explicit-constructor)
      : InputRows(v1::DATA_TYPE_UINT8, BytesOf(pixels), pixels.rows(), pixels.cols()) {}

  /// Elements as the wire has them: little-endian, row-major, exactly rows · cols of `type`.
  InputRows(v1::DataType type, absl::string_view data, Index rows, Index cols);

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  /// Bytes on the wire of one row.
  std::int64_t row_bytes() const;

  /// Writes rows [first, first + count) as a tensor [count, cols()].
  void Write(Index first, Index count, v1::Tensor* tensor) const;

 private:
  template <typename Elements>
  static absl::string_view BytesOf(const Elements& elements) {
    return {reinterpret_cast<const char*>(elements.data()),
            static_cast<std::size_t>(elements.size()) * sizeof(*elements.data())};
  }

  v1::DataType type_;
  absl::string_view data_;
  Index rows_;
  Index cols_;
};

}  // namespace cae

#endif  // CAE_CLIENT_INPUT_ROWS_H_
