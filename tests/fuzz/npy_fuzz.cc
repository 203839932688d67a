// Any bytes either fail to parse or are an array that is written and read again without a change.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/check.h"
#include "core/io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::StatusOr<cae::NpyArray> array =
      cae::ParseNpy({reinterpret_cast<const char*>(data), size});
  if (!array.ok()) return 0;
  CAE_CHECK(array->values.size() <= static_cast<cae::Index>(size), "elements out of nothing");
  const absl::StatusOr<cae::NpyArray> again =
      cae::ParseNpy(cae::SerializeNpy(array->values, array->shape));
  CAE_CHECK(again.ok(), again.status().ToString());
  CAE_CHECK(again->shape == array->shape, "the shape changed");
  if (array->values.size() == 0) return 0;
  CAE_CHECK(std::memcmp(array->values.data(), again->values.data(),
                        static_cast<std::size_t>(array->values.size()) * sizeof(float)) == 0,
            "the values changed");
  return 0;
}
