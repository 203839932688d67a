// StorageType: the precision in which a file keeps numbers that are float32 in memory.
#ifndef CAE_CORE_IO_STORAGE_TYPE_H_
#define CAE_CORE_IO_STORAGE_TYPE_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cae {

enum class StorageType { kFloat32, kFloat16, kBFloat16 };

/// "F32", "F16" or "BF16", as in safetensors files.
absl::string_view StorageTypeName(StorageType type);
/// The type of that name, nullopt for another word.
std::optional<StorageType> ParseStorageType(absl::string_view name);
/// Bytes an element: 4, 2, 2.
std::int64_t StorageTypeBytes(StorageType type);

/// Replaces each value by the nearest that the type holds, ties to even. OUT_OF_RANGE, naming the
/// first, if a finite value would become infinite (above 65504 for F16); the values may then be
/// partly rounded.
absl::Status RoundToStorage(absl::Span<float> values, StorageType type);

}  // namespace cae

#endif  // CAE_CORE_IO_STORAGE_TYPE_H_
