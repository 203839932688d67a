#include "proto/codec/tensor_codec.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/check.h"
#include "core/math/half.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the elements of a Tensor are little-endian and are copied as they are");

/// b / 255.0f for every byte b: a quotient, which the product with 1/255.0f would not always equal.
constexpr std::array<float, 256> MakeByteQuotients() {
  std::array<float, 256> quotients{};
  for (int b = 0; b < 256; ++b) quotients[b] = static_cast<float>(b) / 255.0f;
  return quotients;
}
constexpr std::array<float, 256> kByteQuotients = MakeByteQuotients();

Index ElementCount(const v1::Tensor& tensor) {
  return tensor.values().empty()
             ? static_cast<Index>(tensor.data().size()) / ElementBytes(tensor.data_type())
             : tensor.values_size();
}

Index ColumnCount(const v1::Tensor& tensor) {
  return static_cast<Index>(tensor.shape(tensor.shape_size() - 1));
}

template <typename Convert>
void ConvertHalves(const std::string& data, const Convert& convert, Matrix& matrix) {
  for (Index i = 0; i < matrix.size(); ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, data.data() + 2 * i, 2);
    matrix.data()[i] = convert(bits);
  }
}

/// Appends each element as `convert` makes it; returns the position of the first one for which that
/// fails, or the number of elements. `convert` is bool(float, Wire&).
template <typename Wire, typename Convert>
std::size_t AppendConverted(absl::Span<const float> elements, const Convert& convert,
                            std::string* data) {
  data->resize(elements.size() * sizeof(Wire));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    Wire wire;
    if (!convert(elements[i], wire)) return i;
    std::memcpy(data->data() + i * sizeof(Wire), &wire, sizeof(Wire));
  }
  return elements.size();
}

bool ToFloat16(float value, std::uint16_t& bits) {
  bits = FloatToFloat16(value);
  return (bits & 0x7FFF) != 0x7C00;
}

bool ToBFloat16(float value, std::uint16_t& bits) {
  bits = FloatToBFloat16(value);
  return (bits & 0x7FFF) != 0x7F80;
}

bool ToByte(float value, std::uint8_t& byte) {
  // Not floor(x + 0.5): the sum rounds 0.49999997 up to 1.
  const float product = 255.0f * value;
  const float scaled = product > 0.0f ? (product < 255.0f ? product : 255.0f) : 0.0f;
  const int whole = static_cast<int>(scaled);
  byte = static_cast<std::uint8_t>(whole + (scaled - static_cast<float>(whole) >= 0.5f ? 1 : 0));
  return !std::isnan(value);
}

/// Writes the elements into `data`; returns as AppendConverted.
std::size_t WriteData(absl::Span<const float> elements, v1::DataType type, std::string* data) {
  switch (type) {
    case v1::DATA_TYPE_FLOAT16:
      return AppendConverted<std::uint16_t>(elements, ToFloat16, data);
    case v1::DATA_TYPE_BFLOAT16:
      return AppendConverted<std::uint16_t>(elements, ToBFloat16, data);
    case v1::DATA_TYPE_UINT8:
      return AppendConverted<std::uint8_t>(elements, ToByte, data);
    default:
      data->assign(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(float));
      return elements.size();
  }
}

/// "samples[1, 0, 783]" for the element at `position`.
std::string ElementName(absl::string_view field_path, std::size_t position,
                        absl::Span<const std::int64_t> shape) {
  std::vector<std::size_t> index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    index[i] = position % static_cast<std::size_t>(shape[i]);
    position /= static_cast<std::size_t>(shape[i]);
  }
  return absl::StrCat(field_path, "[", absl::StrJoin(index, ", "), "]");
}

}  // namespace

Matrix DecodeTensor(const v1::Tensor& tensor) {
  const Index columns = ColumnCount(tensor);
  Matrix matrix(ElementCount(tensor) / columns, columns);
  if (!tensor.values().empty()) {
    std::memcpy(matrix.data(), tensor.values().data(), matrix.size() * sizeof(float));
    return matrix;
  }
  const std::string& data = tensor.data();
  switch (tensor.data_type()) {
    case v1::DATA_TYPE_FLOAT16:
      ConvertHalves(data, Float16ToFloat, matrix);
      break;
    case v1::DATA_TYPE_BFLOAT16:
      ConvertHalves(data, BFloat16ToFloat, matrix);
      break;
    case v1::DATA_TYPE_UINT8:
      for (Index i = 0; i < matrix.size(); ++i) {
        matrix.data()[i] = kByteQuotients[static_cast<unsigned char>(data[i])];
      }
      break;
    default:
      std::memcpy(matrix.data(), data.data(), data.size());
  }
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

TensorRows::TensorRows(const v1::Tensor& tensor)
    : converted_(ViewTensor(tensor).has_value() ? Matrix() : DecodeTensor(tensor)),
      view_(ViewTensor(tensor).value_or(converted_)) {}

TensorFormat AnswerFormat(const v1::Tensor& inputs, v1::DataType type) {
  if (type == v1::DATA_TYPE_UNSPECIFIED) type = v1::DATA_TYPE_FLOAT32;
  return {type, !inputs.values().empty() && type == v1::DATA_TYPE_FLOAT32};
}

absl::Status EncodeTensor(absl::Span<const float> elements, absl::Span<const std::int64_t> shape,
                          TensorFormat format, absl::string_view field_path, v1::Tensor* tensor) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  CAE_CHECK(count == static_cast<std::int64_t>(elements.size()),
            absl::StrCat(field_path, " has ", elements.size(), " elements, its shape ", count));
  tensor->Clear();
  tensor->set_data_type(format.type == v1::DATA_TYPE_UNSPECIFIED ? v1::DATA_TYPE_FLOAT32
                                                                 : format.type);
  tensor->mutable_shape()->Add(shape.begin(), shape.end());
  if (format.as_values) {
    tensor->mutable_values()->Add(elements.begin(), elements.end());
    return absl::OkStatus();
  }
  const std::size_t written = WriteData(elements, format.type, tensor->mutable_data());
  if (written == elements.size()) return absl::OkStatus();
  tensor->Clear();
  return WithErrorInfo(
      absl::OutOfRangeError(absl::StrCat(
          ElementName(field_path, written, shape), " is ", elements[written], ", which ",
          v1::DataType_Name(format.type), " cannot hold; ask for DATA_TYPE_FLOAT32")),
      kReasonNotRepresentable, {{"field", std::string(field_path)}});
}

absl::Status EncodeTensor(ConstMatrixView matrix, TensorFormat format, absl::string_view field_path,
                          v1::Tensor* tensor) {
  return EncodeTensor(absl::MakeConstSpan(matrix.data(), matrix.size()),
                      {matrix.rows(), matrix.cols()}, format, field_path, tensor);
}

}  // namespace cae
