#include "core/io/safetensors_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/quoted.h"
#include "core/io/safetensors.h"
#include "core/math/half.h"

namespace cae {
namespace {

using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "tensors are copied as they lie");

constexpr absl::string_view kMetadataKey = "__metadata__";
constexpr std::size_t kLengthBytes = 8;

/// The values, already rounded to the type, as the file holds them.
std::string Encode(absl::Span<const float> values, StorageType type) {
  std::string data(values.size() * static_cast<std::size_t>(StorageTypeBytes(type)), '\0');
  if (type == StorageType::kFloat32) {
    if (!values.empty()) std::memcpy(data.data(), values.data(), data.size());
    return data;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits =
        type == StorageType::kFloat16 ? FloatToFloat16(values[i]) : FloatToBFloat16(values[i]);
    std::memcpy(data.data() + i * sizeof(bits), &bits, sizeof(bits));
  }
  return data;
}

}  // namespace

void SafetensorsWriter::SetMetadata(std::map<std::string, std::string> metadata) {
  metadata_ = std::move(metadata);
}

absl::Status SafetensorsWriter::AddMatrix(absl::string_view name, const Matrix& matrix,
                                          StorageType type) {
  return Add(name, {matrix.rows(), matrix.cols()}, matrix.data(), type);
}

absl::Status SafetensorsWriter::AddVector(absl::string_view name, const Vector& vector,
                                          StorageType type) {
  return Add(name, {vector.size()}, vector.data(), type);
}

absl::Status SafetensorsWriter::Add(absl::string_view name, std::vector<std::int64_t> shape,
                                    const float* values, StorageType type) {
  const bool taken = std::any_of(tensors_.begin(), tensors_.end(),
                                 [name](const Tensor& tensor) { return tensor.name == name; });
  if (taken || name == kMetadataKey) {
    return absl::InvalidArgumentError(
        absl::StrCat("the tensor name ", Quoted(name), taken ? " is taken" : " is reserved"));
  }
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) elements *= extent;
  if (elements == 0) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", Quoted(name), " is empty"));
  }
  std::vector<float> rounded(values, values + elements);
  if (const absl::Status status = RoundToStorage(absl::MakeSpan(rounded), type); !status.ok()) {
    return absl::OutOfRangeError(
        absl::StrCat("tensor ", Quoted(name), " cannot be stored: ", status.message()));
  }
  tensors_.push_back({std::string(name), type, std::move(shape), Encode(rounded, type)});
  return absl::OkStatus();
}

absl::StatusOr<std::string> SafetensorsWriter::Serialize() const {
  std::vector<const Tensor*> order;
  for (const Tensor& tensor : tensors_) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const Tensor* a, const Tensor* b) {
    return StorageTypeBytes(a->type) > StorageTypeBytes(b->type);
  });
  Json header = Json::object();
  if (!metadata_.empty()) header[std::string(kMetadataKey)] = metadata_;
  std::size_t end = 0;
  for (const Tensor* tensor : order) {
    const std::size_t begin = end;
    end += tensor->data.size();
    header[tensor->name] = Json{{"dtype", std::string(StorageTypeName(tensor->type))},
                                {"shape", tensor->shape},
                                {"data_offsets", {begin, end}}};
  }
  // Bytes that are not UTF-8 come out as the replacement character instead of an exception; then
  // the text is not what was asked for, and that is the error.
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (Json::parse(text, nullptr, false) != header) {
    return absl::InvalidArgumentError("a tensor name or the metadata is not UTF-8");
  }
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  if (static_cast<std::int64_t>(text.size()) > kMaxSafetensorsHeaderBytes) {
    return absl::ResourceExhaustedError(absl::StrCat("the header would have ", text.size(),
                                                     " bytes, at most ", kMaxSafetensorsHeaderBytes,
                                                     " are allowed"));
  }
  const std::uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  bytes.reserve(kLengthBytes + text.size() + end);
  bytes += text;
  for (const Tensor* tensor : order) bytes += tensor->data;
  return bytes;
}

}  // namespace cae
