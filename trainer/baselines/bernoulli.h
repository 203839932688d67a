// DrawBernoulli: binary states from their means.
#ifndef CAE_TRAINER_BASELINES_BERNOULLI_H_
#define CAE_TRAINER_BASELINES_BERNOULLI_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/math/philox.h"

namespace cae {

/// Elements that one Philox block decides.
inline constexpr std::uint32_t kDrawsPerBlock = 4;

/// draws[i] = 1 with probability means[i], rounded up to a multiple of 2⁻²⁴, else 0: by word i mod
/// 4 of the Philox block first_block + ⌊i / 4⌋ at the place `at` of the job with that seed. The
/// spans have the same length and may be the same. Thread-safe.
void DrawBernoulli(std::uint64_t seed, NoiseCounter at, std::uint32_t first_block,
                   absl::Span<const float> means, absl::Span<float> draws);

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_BERNOULLI_H_
