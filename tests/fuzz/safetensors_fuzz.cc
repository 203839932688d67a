// Any bytes either fail to parse or are tensors that can be read, written and read again.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/check.h"
#include "core/io/safetensors.h"
#include "core/io/safetensors_writer.h"

namespace cae {
namespace {

void CheckSame(const Matrix& a, const Matrix& b) {
  CAE_CHECK(a.rows() == b.rows() && a.cols() == b.cols(), "the shape changed");
  CAE_CHECK(std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * 4) == 0,
            "the values changed");
}

void Run(absl::string_view bytes) {
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(bytes);
  if (!view.ok()) {
    CAE_CHECK(!view.status().message().empty(), "an error without a reason");
    return;
  }
  SafetensorsWriter writer;
  writer.SetMetadata(view->metadata());
  for (const auto& [name, entry] : view->tensors()) {
    const absl::StatusOr<Matrix> matrix = view->ReadMatrix(name);
    if (matrix.ok()) CAE_CHECK(writer.AddMatrix(name, *matrix, StorageType::kFloat32).ok(), name);
    const absl::StatusOr<Vector> vector = view->ReadVector(name);
    if (vector.ok()) CAE_CHECK(writer.AddVector(name, *vector, StorageType::kFloat32).ok(), name);
  }
  const absl::StatusOr<std::string> written = writer.Serialize();
  if (absl::IsResourceExhausted(written.status())) return;  // offsets with more digits than before
  CAE_CHECK(written.ok(), written.status().ToString());
  const absl::StatusOr<SafetensorsView> again = SafetensorsView::Parse(*written);
  CAE_CHECK(again.ok(), again.status().ToString());
  CAE_CHECK(again->metadata() == view->metadata(), "the metadata changed");
  for (const auto& [name, entry] : again->tensors()) {
    if (entry.shape.size() == 2) CheckSame(*view->ReadMatrix(name), *again->ReadMatrix(name));
  }
}

}  // namespace
}  // namespace cae

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cae::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
