#include "proto/codec/tensor_writer.h"

#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/check.h"
#include "core/math/conversion.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

/// "samples[1, 0, 783]" for the element at `position`.
std::string ElementName(absl::string_view field_path, std::int64_t position,
                        absl::Span<const std::int64_t> shape) {
  std::vector<std::int64_t> index(shape.begin(), shape.end());
  for (std::size_t i = index.size(); i-- > 0;) {
    const std::int64_t size = index[i];
    index[i] = position % size;
    position /= size;
  }
  return absl::StrCat(field_path, "[", absl::StrJoin(index, ", "), "]");
}

template <typename Wire>
absl::Span<Wire> ElementsAt(char* data, std::size_t count) {
  return absl::MakeSpan(reinterpret_cast<Wire*>(data), count);
}

}  // namespace

std::size_t ConvertElements(absl::Span<const float> elements, v1::DataType type, char* data) {
  const std::size_t size = elements.size();
  switch (type) {
    case v1::DATA_TYPE_FLOAT16:
      return FloatsToFloat16(elements, ElementsAt<std::uint16_t>(data, size));
    case v1::DATA_TYPE_BFLOAT16:
      return FloatsToBFloat16(elements, ElementsAt<std::uint16_t>(data, size));
    case v1::DATA_TYPE_UINT8:
      return FloatsToBytes(elements, ElementsAt<std::uint8_t>(data, size));
    default:
      // Without elements there may be no memory to copy between.
      if (size > 0) std::memcpy(data, elements.data(), size * sizeof(float));
      return size;
  }
}

absl::Status NotRepresentable(absl::string_view field_path, absl::Span<const std::int64_t> shape,
                              std::int64_t position, float value, v1::DataType type) {
  return WithErrorInfo(absl::OutOfRangeError(absl::StrCat(
                           ElementName(field_path, position, shape), " is ", value, ", which ",
                           v1::DataType_Name(type), " cannot hold; ask for DATA_TYPE_FLOAT32")),
                       kReasonNotRepresentable, {{"field", std::string(field_path)}});
}

TensorFormat AnswerFormat(const v1::Tensor& inputs, v1::DataType type) {
  if (type == v1::DATA_TYPE_UNSPECIFIED) type = v1::DATA_TYPE_FLOAT32;
  return {type, !inputs.values().empty() && type == v1::DATA_TYPE_FLOAT32};
}

TensorWriter::TensorWriter(absl::Span<const std::int64_t> shape, TensorFormat format,
                           absl::string_view field_path, v1::Tensor* tensor)
    : tensor_(*tensor),
      format_(format),
      field_path_(field_path),
      element_bytes_(ElementBytes(format.type)),
      elements_(1) {
  for (const std::int64_t size : shape) elements_ *= size;
  first_unfit_ = elements_;
  tensor_.Clear();
  tensor_.set_data_type(format.type == v1::DATA_TYPE_UNSPECIFIED ? v1::DATA_TYPE_FLOAT32
                                                                 : format.type);
  tensor_.mutable_shape()->Add(shape.begin(), shape.end());
  if (format.as_values) {
    tensor_.mutable_values()->Resize(static_cast<int>(elements_), 0);
    data_ = reinterpret_cast<char*>(tensor_.mutable_values()->mutable_data());
    return;
  }
  std::string& data = *tensor_.mutable_data();
  data.resize(static_cast<std::size_t>(elements_ * element_bytes_));
  data_ = data.data();
}

void TensorWriter::Write(std::int64_t first, absl::Span<const float> elements) {
  const std::size_t size = elements.size();
  CAE_CHECK(first >= 0 && first + static_cast<std::int64_t>(size) <= elements_,
            absl::StrCat(field_path_, " has ", elements_, " elements, but ", size,
                         " are written from ", first, " on"));
  const std::size_t fitting =
      ConvertElements(elements, format_.type, data_ + first * element_bytes_);
  if (fitting < size) NoteUnfit(first + static_cast<std::int64_t>(fitting), elements[fitting]);
}

void TensorWriter::NoteUnfit(std::int64_t position, float value) {
  MutexLock lock(mutex_);
  if (position >= first_unfit_) return;
  first_unfit_ = position;
  unfit_value_ = value;
}

absl::Status TensorWriter::Finish() {
  MutexLock lock(mutex_);
  if (first_unfit_ == elements_) return absl::OkStatus();
  absl::Status status =
      NotRepresentable(field_path_, tensor_.shape(), first_unfit_, unfit_value_, format_.type);
  tensor_.Clear();
  return status;
}

}  // namespace cae
