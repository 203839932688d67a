// FixedVector: where Krylov methods start, the same at every point.
#ifndef CAE_CORE_TANGENTS_FIXED_VECTOR_H_
#define CAE_CORE_TANGENTS_FIXED_VECTOR_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/math/philox.h"

namespace cae {

/// Fills `out` with vector `number` of a fixed sequence: elements uniform in (−1, 1), from Philox.
template <typename Scalar>
void FixedVector(std::uint64_t number, absl::Span<Scalar> out) {
  constexpr std::uint64_t kSeed = 0x74616E67656E7473;
  for (std::size_t i = 0; i < out.size(); i += 4) {
    const auto words = Philox4x32(
        PhiloxCounter({.chain = number, .step = 0}, static_cast<std::uint32_t>(i / 4)), kSeed);
    for (std::size_t j = 0; j < 4 && i + j < out.size(); ++j) {
      // The upper 24 bits, so that a float takes them exactly.
      out[i + j] = (static_cast<Scalar>(words[j] >> 8) + Scalar(0.5)) * Scalar(0x1p-23) - Scalar(1);
    }
  }
}

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_FIXED_VECTOR_H_
