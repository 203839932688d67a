// Writes safetensors files; the same tensors and metadata always give the same bytes.
#ifndef CAE_CORE_IO_SAFETENSORS_WRITER_H_
#define CAE_CORE_IO_SAFETENSORS_WRITER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/storage_type.h"
#include "core/math/matrix.h"

namespace cae {

/// Collects tensors, then gives the file. The file holds F32 tensors before those of two bytes an
/// element, otherwise the order of the calls, so that each tensor is aligned to its own elements;
/// the header is padded with spaces to a multiple of 8 bytes. Holds a copy of everything added.
/// Thread-compatible.
class SafetensorsWriter {
 public:
  void SetMetadata(std::map<std::string, std::string> metadata);

  /// Rounds to `type` (storage_type.h). INVALID_ARGUMENT for a name that is taken or reserved,
  /// OUT_OF_RANGE for a value that overflows the type; both name the tensor.
  absl::Status AddMatrix(absl::string_view name, const Matrix& matrix, StorageType type);
  absl::Status AddVector(absl::string_view name, const Vector& vector, StorageType type);

  /// The bytes of the file. INVALID_ARGUMENT if a name or metadata is not UTF-8,
  /// RESOURCE_EXHAUSTED if the header is longer than the reader takes.
  absl::StatusOr<std::string> Serialize() const;

 private:
  struct Tensor {
    std::string name;
    StorageType type;
    std::vector<std::int64_t> shape;
    std::string data;
  };

  absl::Status Add(absl::string_view name, std::vector<std::int64_t> shape, const float* values,
                   StorageType type);

  std::map<std::string, std::string> metadata_;
  std::vector<Tensor> tensors_;
};

}  // namespace cae

#endif  // CAE_CORE_IO_SAFETENSORS_WRITER_H_
