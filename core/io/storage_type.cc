#include "core/io/storage_type.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/math/half.h"

namespace cae {
namespace {

float Rounded(float value, StorageType type) {
  switch (type) {
    case StorageType::kFloat16:
      return Float16ToFloat(FloatToFloat16(value));
    case StorageType::kBFloat16:
      return BFloat16ToFloat(FloatToBFloat16(value));
    case StorageType::kFloat32:
      break;
  }
  return value;
}

}  // namespace

absl::string_view StorageTypeName(StorageType type) {
  switch (type) {
    case StorageType::kFloat16:
      return "F16";
    case StorageType::kBFloat16:
      return "BF16";
    case StorageType::kFloat32:
      break;
  }
  return "F32";
}

std::optional<StorageType> ParseStorageType(absl::string_view name) {
  for (const StorageType type :
       {StorageType::kFloat32, StorageType::kFloat16, StorageType::kBFloat16}) {
    if (name == StorageTypeName(type)) return type;
  }
  return std::nullopt;
}

std::int64_t StorageTypeBytes(StorageType type) { return type == StorageType::kFloat32 ? 4 : 2; }

absl::Status RoundToStorage(absl::Span<float> values, StorageType type) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float rounded = Rounded(values[i], type);
    if (std::isfinite(values[i]) && !std::isfinite(rounded)) {
      return absl::OutOfRangeError(absl::StrCat("element ", i, " is ", values[i],
                                                ", too large for ", StorageTypeName(type)));
    }
    values[i] = rounded;
  }
  return absl::OkStatus();
}

}  // namespace cae
