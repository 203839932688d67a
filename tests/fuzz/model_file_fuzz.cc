// Any bytes either fail to load or are a model that is stored and loaded again without a change.
#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "core/io/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<cae::ModelFile> file = cae::ParseModelFile(bytes);
  if (!file.ok()) {
    CAE_CHECK(!file.status().message().empty(), "an error without a reason");
    return 0;
  }
  const absl::StatusOr<std::string> stored =
      cae::SerializeModelFile(file->parameters, cae::StorageType::kFloat32);
  if (absl::IsResourceExhausted(stored.status())) return 0;  // a header just below the limit
  CAE_CHECK(stored.ok(), stored.status().ToString());
  const absl::StatusOr<cae::ModelFile> again = cae::ParseModelFile(*stored);
  CAE_CHECK(again.ok(), again.status().ToString());
  const absl::StatusOr<std::string> twice =
      cae::SerializeModelFile(again->parameters, cae::StorageType::kFloat32);
  CAE_CHECK(twice.ok() && *twice == *stored, "the model changed when it was stored");
  return 0;
}
