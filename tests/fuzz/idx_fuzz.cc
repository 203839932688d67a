// Any bytes either fail to parse or are as many pixels or labels as there are bytes.
#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "core/io/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<cae::IdxImages> images = cae::ParseIdxImages(bytes);
  if (images.ok()) {
    CAE_CHECK(images->pixels.size() == static_cast<cae::Index>(size) - 16, "pixels out of nothing");
    CAE_CHECK(images->height * images->width == images->pixels.cols(), "rows are not images");
    const cae::Matrix scaled = images->Scaled();
    CAE_CHECK(scaled.minCoeff() >= 0 && scaled.maxCoeff() <= 1, "a pixel outside [0, 1]");
  }
  const absl::StatusOr<std::vector<std::uint8_t>> labels = cae::ParseIdxLabels(bytes);
  if (labels.ok()) CAE_CHECK(labels->size() == size - 8, "labels out of nothing");
  return 0;
}
