#include "proto/codec/tensor_codec.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/math/conversion.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the elements of a Tensor are little-endian and are copied as they are");

Index ColumnCount(const v1::Tensor& tensor) {
  return static_cast<Index>(tensor.shape(tensor.shape_size() - 1));
}

/// The wire's elements from `first` on. Strings are aligned for every type of number.
template <typename Wire>
absl::Span<const Wire> ElementsAt(const std::string& data, std::int64_t first, std::size_t count) {
  return absl::MakeConstSpan(reinterpret_cast<const Wire*>(data.data()) + first, count);
}

}  // namespace

std::int64_t ElementCount(const v1::Tensor& tensor) {
  return tensor.values().empty()
             ? static_cast<std::int64_t>(tensor.data().size()) / ElementBytes(tensor.data_type())
             : tensor.values_size();
}

void ReadElements(const v1::Tensor& tensor, std::int64_t first, absl::Span<float> floats) {
  const std::size_t size = floats.size();
  CAE_CHECK(first >= 0 && first + static_cast<std::int64_t>(size) <= ElementCount(tensor),
            absl::StrCat("a tensor has ", ElementCount(tensor), " elements, but ", size,
                         " are read from ", first, " on"));
  if (!tensor.values().empty()) {
    std::copy_n(tensor.values().data() + first, size, floats.data());
    return;
  }
  const std::string& data = tensor.data();
  switch (tensor.data_type()) {
    case v1::DATA_TYPE_FLOAT16:
      return Float16ToFloats(ElementsAt<std::uint16_t>(data, first, size), floats);
    case v1::DATA_TYPE_BFLOAT16:
      return BFloat16ToFloats(ElementsAt<std::uint16_t>(data, first, size), floats);
    case v1::DATA_TYPE_UINT8:
      return BytesToFloats(ElementsAt<std::uint8_t>(data, first, size), floats);
    default:
      std::copy_n(data.data() + first * static_cast<std::int64_t>(sizeof(float)),
                  size * sizeof(float), reinterpret_cast<char*>(floats.data()));
  }
}

Matrix DecodeTensor(const v1::Tensor& tensor) {
  const Index columns = ColumnCount(tensor);
  Matrix matrix(ElementCount(tensor) / columns, columns);
  ReadElements(tensor, 0, absl::MakeSpan(matrix.data(), matrix.size()));
  return matrix;
}

std::optional<ConstMatrixView> ViewTensor(const v1::Tensor& tensor) {
  const Index columns = ColumnCount(tensor);
  const void* elements = tensor.values().data();
  if (tensor.values().empty()) {
    if (ElementBytes(tensor.data_type()) != sizeof(float)) return std::nullopt;
    elements = tensor.data().data();
  }
  if (reinterpret_cast<std::uintptr_t>(elements) % alignof(float) != 0) return std::nullopt;
  return ConstMatrixView(static_cast<const float*>(elements), ElementCount(tensor) / columns,
                         columns);
}

absl::Status EncodeTensor(absl::Span<const float> elements, absl::Span<const std::int64_t> shape,
                          TensorFormat format, absl::string_view field_path, v1::Tensor* tensor) {
  TensorWriter writer(shape, format, field_path, tensor);
  CAE_CHECK(writer.elements() == static_cast<std::int64_t>(elements.size()),
            absl::StrCat(field_path, " has ", elements.size(), " elements, its shape ",
                         writer.elements()));
  writer.Write(0, elements);
  return writer.Finish();
}

absl::Status EncodeTensor(ConstMatrixView matrix, TensorFormat format, absl::string_view field_path,
                          v1::Tensor* tensor) {
  return EncodeTensor(absl::MakeConstSpan(matrix.data(), matrix.size()),
                      {matrix.rows(), matrix.cols()}, format, field_path, tensor);
}

}  // namespace cae
