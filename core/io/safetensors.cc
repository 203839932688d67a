#include "core/io/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/io/quoted.h"
#include "core/io/storage_type.h"
#include "core/io/strict_json.h"
#include "core/math/conversion.h"

namespace cae {
namespace {

using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensors are copied as they lie");

constexpr std::size_t kLengthBytes = 8;
constexpr int kMaxDepth = 3;  // the header, a tensor, its shape
constexpr std::size_t kMaxAxes = 8;
constexpr absl::string_view kMetadataKey = "__metadata__";

/// Bytes an element of each type that the format names; those of less than a byte, of which no
/// model of ours has any, are refused as unknown.
std::optional<std::int64_t> ElementBytes(absl::string_view dtype) {
  constexpr std::pair<absl::string_view, std::int64_t> kTypes[] = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1},
      {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},     {"I32", 4},
      {"F32", 4},  {"U64", 8}, {"I64", 8}, {"F64", 8},     {"C64", 8}};
  for (const auto& [name, bytes] : kTypes) {
    if (dtype == name) return bytes;
  }
  return std::nullopt;
}

absl::Status TensorError(absl::string_view name, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("tensor ", Quoted(name), " ", reason));
}

/// A whole number of at least 0 that fits int64. JSON's 1.0 and 1e3 are not whole numbers here.
std::optional<std::int64_t> Count(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  const auto count = value.get<std::int64_t>();
  return count >= 0 ? std::optional(count) : std::nullopt;
}

absl::StatusOr<std::vector<std::int64_t>> Counts(absl::string_view name, absl::string_view field,
                                                 const Json& value) {
  if (!value.is_array()) return TensorError(name, absl::StrCat("has no array as its ", field));
  std::vector<std::int64_t> counts;
  for (const Json& element : value) {
    const std::optional<std::int64_t> count = Count(element);
    if (!count.has_value()) {
      return TensorError(name, absl::StrCat("has ", Quoted(element.dump(-1, ' ', true)), " in its ",
                                            field, ", which takes whole numbers of at least 0"));
    }
    counts.push_back(*count);
  }
  return counts;
}

/// dtype × shape in bytes; INVALID_ARGUMENT where that overflows.
absl::StatusOr<std::int64_t> TensorBytes(absl::string_view name, const SafetensorsEntry& entry) {
  const std::optional<std::int64_t> element_bytes = ElementBytes(entry.dtype);
  if (!element_bytes.has_value()) {
    return TensorError(name, absl::StrCat("has the unknown dtype ", Quoted(entry.dtype)));
  }
  if (entry.shape.size() > kMaxAxes) {
    return TensorError(name, absl::StrCat("has ", entry.shape.size(), " axes, at most ", kMaxAxes,
                                          " are supported"));
  }
  std::int64_t bytes = *element_bytes;
  for (const std::int64_t extent : entry.shape) {
    if (extent == 0) return TensorError(name, "is empty: its shape has a 0");
    if (__builtin_mul_overflow(bytes, extent, &bytes)) {
      return TensorError(name, absl::StrCat("has the shape [", absl::StrJoin(entry.shape, ", "),
                                            "], which overflows"));
    }
  }
  return bytes;
}

/// One value of the header; checks it against the data area but not against other tensors.
absl::StatusOr<SafetensorsEntry> ParseEntry(const std::string& name, const Json& value,
                                            absl::string_view data) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
      !value.contains("shape") || !value.contains("data_offsets")) {
    return TensorError(name, "needs the fields 'dtype', 'shape' and 'data_offsets' and no other");
  }
  SafetensorsEntry entry;
  if (!value["dtype"].is_string()) return TensorError(name, "has a dtype that is not a string");
  entry.dtype = value["dtype"].get<std::string>();
  CAE_ASSIGN_OR_RETURN(entry.shape, Counts(name, "shape", value["shape"]));
  CAE_ASSIGN_OR_RETURN(const std::int64_t bytes, TensorBytes(name, entry));
  CAE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> offsets,
                       Counts(name, "data_offsets", value["data_offsets"]));
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    return TensorError(name, absl::StrCat("has the data_offsets [", absl::StrJoin(offsets, ", "),
                                          "], which are not a begin and an end"));
  }
  const std::int64_t begin = offsets[0];
  const std::int64_t end = offsets[1];
  if (end - begin != bytes) {
    return TensorError(name,
                       absl::StrCat("has ", end - begin, " bytes of data, ", entry.dtype, " [",
                                    absl::StrJoin(entry.shape, ", "), "] takes ", bytes));
  }
  if (end > static_cast<std::int64_t>(data.size())) {
    return absl::DataLossError(absl::StrCat("tensor ", Quoted(name), " ends at byte ", end,
                                            " of the data, which has ", data.size(),
                                            ": the file is truncated or its header wrong"));
  }
  entry.data = data.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(bytes));
  return entry;
}

absl::StatusOr<std::map<std::string, std::string>> ParseMetadata(const Json& value) {
  if (!value.is_object()) return absl::InvalidArgumentError("'__metadata__' is not an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'__metadata__' has a value that is not a string: ", Quoted(key)));
    }
    metadata.emplace(key, text.get<std::string>());
  }
  return metadata;
}

/// The tensors must lie one after the other, from the first byte of the data to the last.
absl::Status CheckCoverage(const std::map<std::string, SafetensorsEntry>& tensors,
                           absl::string_view data) {
  std::vector<std::pair<absl::string_view, const std::string*>> parts;
  parts.reserve(tensors.size());
  for (const auto& [name, entry] : tensors) parts.emplace_back(entry.data, &name);
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.first.data() < b.first.data(); });
  const char* next = data.data();
  for (const auto& [bytes, name] : parts) {
    if (bytes.data() != next) {
      return TensorError(
          *name, absl::StrCat("begins at byte ", bytes.data() - data.data(),
                              bytes.data() < next ? ", inside another tensor" : ", after a hole",
                              "; byte ", next - data.data(), " was expected"));
    }
    next += bytes.size();
  }
  if (next != data.data() + data.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the tensors end at byte ", next - data.data(),
                                                   " of the data, which has ", data.size(),
                                                   ": bytes are left over"));
  }
  return absl::OkStatus();
}

/// The JSON text; what follows it is the data.
absl::StatusOr<absl::string_view> HeaderText(absl::string_view bytes) {
  if (bytes.size() < kLengthBytes) {
    return absl::DataLossError(absl::StrCat("a safetensors file has at least ", kLengthBytes,
                                            " bytes, got ", bytes.size()));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > static_cast<std::uint64_t>(kMaxSafetensorsHeaderBytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the header says it is ", length, " bytes long, at most ",
                     kMaxSafetensorsHeaderBytes, " are allowed: not a safetensors file?"));
  }
  if (length > bytes.size() - kLengthBytes) {
    return absl::DataLossError(
        absl::StrCat("the header says it is ", length, " bytes long, the file has ",
                     bytes.size() - kLengthBytes, ": it is truncated or not a safetensors file"));
  }
  const absl::string_view text = bytes.substr(kLengthBytes, static_cast<std::size_t>(length));
  if (text.empty() || text.front() != '{') {
    return absl::InvalidArgumentError("the header does not begin with '{'");
  }
  return text;
}

void DecodeFloats(const SafetensorsEntry& entry, float* values) {
  if (entry.dtype == "F32") {
    std::memcpy(values, entry.data.data(), entry.data.size());
    return;
  }
  const auto convert = entry.dtype == "BF16" ? &BFloat16ToFloats : &Float16ToFloats;
  std::array<std::uint16_t, 4096> halves;  // in a file they may lie at odd addresses
  const std::size_t size = entry.data.size() / sizeof(halves[0]);
  for (std::size_t begin = 0; begin < size; begin += halves.size()) {
    const std::size_t count = std::min(halves.size(), size - begin);
    std::memcpy(halves.data(), entry.data.data() + begin * sizeof(halves[0]),
                count * sizeof(halves[0]));
    convert({halves.data(), count}, {values + begin, count});
  }
}

}  // namespace

absl::StatusOr<SafetensorsView> SafetensorsView::Parse(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(const absl::string_view text, HeaderText(bytes));
  absl::StatusOr<Json> header = ParseStrictJson(text, kMaxDepth);
  if (!header.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the header cannot be read: ", header.status().message()));
  }
  const absl::string_view data = bytes.substr(kLengthBytes + text.size());
  SafetensorsView view;
  for (const auto& [name, value] : header->items()) {
    if (name == kMetadataKey) {
      CAE_ASSIGN_OR_RETURN(view.metadata_, ParseMetadata(value));
      continue;
    }
    CAE_ASSIGN_OR_RETURN(SafetensorsEntry entry, ParseEntry(name, value, data));
    view.tensors_.emplace(name, std::move(entry));
  }
  CAE_RETURN_IF_ERROR(CheckCoverage(view.tensors_, data));
  return view;
}

absl::StatusOr<const SafetensorsEntry*> SafetensorsView::FloatEntry(absl::string_view name,
                                                                    std::size_t axes) const {
  const auto found = tensors_.find(std::string(name));
  if (found == tensors_.end()) {
    return absl::NotFoundError(absl::StrCat("tensor ", Quoted(name), " is missing"));
  }
  const SafetensorsEntry& entry = found->second;
  if (!ParseStorageType(entry.dtype).has_value()) {
    return TensorError(name,
                       absl::StrCat("has dtype ", entry.dtype, "; F32, F16 or BF16 is needed"));
  }
  if (entry.shape.size() != axes) {
    return TensorError(
        name, absl::StrCat("has the shape [", absl::StrJoin(entry.shape, ", "), "], ", axes,
                           axes == 1 ? " axis is" : " axes are", " needed"));
  }
  return &entry;
}

absl::StatusOr<Matrix> SafetensorsView::ReadMatrix(absl::string_view name) const {
  CAE_ASSIGN_OR_RETURN(const SafetensorsEntry* entry, FloatEntry(name, 2));
  Matrix matrix(entry->shape[0], entry->shape[1]);
  DecodeFloats(*entry, matrix.data());
  return matrix;
}

absl::StatusOr<Vector> SafetensorsView::ReadVector(absl::string_view name) const {
  CAE_ASSIGN_OR_RETURN(const SafetensorsEntry* entry, FloatEntry(name, 1));
  Vector vector(entry->shape[0]);
  DecodeFloats(*entry, vector.data());
  return vector;
}

}  // namespace cae
