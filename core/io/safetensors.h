// The safetensors format: 8 bytes of little-endian header length N, N bytes of JSON, the data.
// Source: https://github.com/huggingface/safetensors. This file reads it; safetensors_writer.h
// writes it.
#ifndef CAE_CORE_IO_SAFETENSORS_H_
#define CAE_CORE_IO_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"

namespace cae {

/// The format allows 100 MB; a thousand tensors need about 100 KB.
inline constexpr std::int64_t kMaxSafetensorsHeaderBytes = 1 << 20;

/// One tensor of a file. `data` points into the bytes that were parsed.
struct SafetensorsEntry {
  std::string dtype;                ///< "F32", "F16", "BF16", "I64", ...
  std::vector<std::int64_t> shape;  ///< no axis: a scalar
  absl::string_view data;           ///< little-endian, row-major, exactly product(shape) elements
};

/// The checked contents of a safetensors file. Owns the names and shapes but not the data: the
/// bytes given to Parse must outlive it. Immutable, so thread-safe.
class SafetensorsView {
 public:
  /// Checks everything that can be checked without reading the data: header length, JSON (depth,
  /// duplicate keys, UTF-8), known types, shapes without overflow, offsets that cover the data area
  /// from its first byte to its last without holes or overlaps. Stricter than the format in three
  /// points: no empty tensors, no types of less than a byte, no unknown fields. INVALID_ARGUMENT
  /// naming the tensor and the reason, DATA_LOSS where the file is shorter than its header says.
  /// Memory: a multiple of the header, which is at most kMaxSafetensorsHeaderBytes long.
  static absl::StatusOr<SafetensorsView> Parse(absl::string_view bytes);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::map<std::string, SafetensorsEntry>& tensors() const { return tensors_; }
  bool contains(absl::string_view name) const { return tensors_.count(std::string(name)) > 0; }

  /// The tensor as floats. F32, F16 and BF16 convert exactly; INVALID_ARGUMENT for another type or
  /// for another number of axes (2 for a matrix, 1 for a vector); NOT_FOUND for another name.
  absl::StatusOr<Matrix> ReadMatrix(absl::string_view name) const;
  absl::StatusOr<Vector> ReadVector(absl::string_view name) const;

 private:
  SafetensorsView() = default;

  absl::StatusOr<const SafetensorsEntry*> FloatEntry(absl::string_view name,
                                                     std::size_t axes) const;

  std::map<std::string, std::string> metadata_;
  std::map<std::string, SafetensorsEntry> tensors_;
};

}  // namespace cae

#endif  // CAE_CORE_IO_SAFETENSORS_H_
