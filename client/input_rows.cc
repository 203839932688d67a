#include "client/input_rows.h"

#include "core/base/check.h"
#include "proto/codec/tensor_check.h"

namespace cae {

InputRows::InputRows(v1::DataType type, absl::string_view data, Index rows, Index cols)
    : type_(type), data_(data), rows_(rows), cols_(cols) {
  CAE_CHECK(static_cast<std::int64_t>(data.size()) == rows * row_bytes(),
            "the bytes of the rows do not fit their shape");
}

std::int64_t InputRows::row_bytes() const { return cols_ * ElementBytes(type_); }

void InputRows::Write(Index first, Index count, v1::Tensor* tensor) const {
  tensor->Clear();
  tensor->set_data_type(type_);
  tensor->add_shape(count);
  tensor->add_shape(cols_);
  const absl::string_view part = data_.substr(static_cast<std::size_t>(first * row_bytes()),
                                              static_cast<std::size_t>(count * row_bytes()));
  tensor->set_data(part.data(), part.size());
}

}  // namespace cae
