#include "proto/codec/tensor_writer.h"

#include <algorithm>
#include <cstring>

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
                        const google::protobuf::RepeatedField<std::int64_t>& shape) {
  std::vector<std::int64_t> index(shape.begin(), shape.end());
  for (std::size_t i = index.size(); i-- > 0;) {
    const std::int64_t size = index[i];
    index[i] = position % size;
    position /= size;
  }
  return absl::StrCat(field_path, "[", absl::StrJoin(index, ", "), "]");
}

/// The wire's elements from `first` on. Strings are aligned for every type of number.
template <typename Wire>
absl::Span<Wire> ElementsAt(char* data, std::int64_t first, std::size_t count) {
  return absl::MakeSpan(reinterpret_cast<Wire*>(data) + first, count);
}

}  // namespace

TensorFormat AnswerFormat(const v1::Tensor& inputs, v1::DataType type) {
  if (type == v1::DATA_TYPE_UNSPECIFIED) type = v1::DATA_TYPE_FLOAT32;
  return {type, !inputs.values().empty() && type == v1::DATA_TYPE_FLOAT32};
}

TensorWriter::TensorWriter(absl::Span<const std::int64_t> shape, TensorFormat format,
                           absl::string_view field_path, v1::Tensor* tensor)
    : tensor_(*tensor), format_(format), field_path_(field_path), elements_(1) {
  for (const std::int64_t size : shape) elements_ *= size;
  first_unfit_ = elements_;
  tensor_.Clear();
  tensor_.set_data_type(format.type == v1::DATA_TYPE_UNSPECIFIED ? v1::DATA_TYPE_FLOAT32
                                                                 : format.type);
  tensor_.mutable_shape()->Add(shape.begin(), shape.end());
  if (format.as_values) {
    tensor_.mutable_values()->Resize(static_cast<int>(elements_), 0);
    floats_ = tensor_.mutable_values()->mutable_data();
    return;
  }
  const std::int64_t element_bytes = ElementBytes(tensor_.data_type());
  std::string& data = *tensor_.mutable_data();
  data.resize(static_cast<std::size_t>(elements_ * element_bytes));
  data_ = data.data();
  if (element_bytes == sizeof(float)) floats_ = reinterpret_cast<float*>(data_);
}

void TensorWriter::Write(std::int64_t first, absl::Span<const float> elements) {
  const std::size_t size = elements.size();
  CAE_CHECK(first >= 0 && first + static_cast<std::int64_t>(size) <= elements_,
            absl::StrCat(field_path_, " has ", elements_, " elements, but ", size,
                         " are written from ", first, " on"));
  std::size_t fitting = size;
  switch (format_.type) {
    case v1::DATA_TYPE_FLOAT16:
      fitting = FloatsToFloat16(elements, ElementsAt<std::uint16_t>(data_, first, size));
      break;
    case v1::DATA_TYPE_BFLOAT16:
      fitting = FloatsToBFloat16(elements, ElementsAt<std::uint16_t>(data_, first, size));
      break;
    case v1::DATA_TYPE_UINT8:
      fitting = FloatsToBytes(elements, ElementsAt<std::uint8_t>(data_, first, size));
      break;
    default:
      // Without elements there may be no memory to copy between.
      if (size > 0) std::memcpy(floats_ + first, elements.data(), size * sizeof(float));
  }
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
  absl::Status status = WithErrorInfo(
      absl::OutOfRangeError(absl::StrCat(
          ElementName(field_path_, first_unfit_, tensor_.shape()), " is ", unfit_value_, ", which ",
          v1::DataType_Name(format_.type), " cannot hold; ask for DATA_TYPE_FLOAT32")),
      kReasonNotRepresentable, {{"field", field_path_}});
  tensor_.Clear();
  return status;
}

}  // namespace cae
