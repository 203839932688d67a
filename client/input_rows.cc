#include "client/input_rows.h"

#include "proto/codec/tensor_codec.h"

namespace cae {

Index InputRows::rows() const {
  return std::visit([](const auto& matrix) { return matrix.rows(); }, rows_);
}

Index InputRows::cols() const {
  return std::visit([](const auto& matrix) { return matrix.cols(); }, rows_);
}

std::int64_t InputRows::row_bytes() const {
  return cols() *
         static_cast<std::int64_t>(std::holds_alternative<Bytes>(rows_) ? 1 : sizeof(float));
}

absl::Status InputRows::Write(Index first, Index count, v1::Tensor* tensor) const {
  if (const auto* values = std::get_if<ConstMatrixView>(&rows_)) {
    return EncodeTensor(Rows(*values, first, count), {}, "inputs", tensor);
  }
  // Pixels are bytes already: no way through floats.
  const Bytes& pixels = std::get<Bytes>(rows_);
  tensor->Clear();
  tensor->set_data_type(v1::DATA_TYPE_UINT8);
  tensor->add_shape(count);
  tensor->add_shape(pixels.cols());
  tensor->set_data(pixels.data() + first * pixels.cols(), count * pixels.cols());
  return absl::OkStatus();
}

}  // namespace cae
