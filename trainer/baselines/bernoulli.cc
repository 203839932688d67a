#include "trainer/baselines/bernoulli.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cae {

void DrawBernoulli(std::uint64_t seed, NoiseCounter at, std::uint32_t first_block,
                   absl::Span<const float> means, absl::Span<float> draws) {
  for (std::size_t i = 0; i < means.size(); i += kDrawsPerBlock) {
    const auto block = first_block + static_cast<std::uint32_t>(i / kDrawsPerBlock);
    const std::array<std::uint32_t, 4> words = Philox4x32(PhiloxCounter(at, block), seed);
    const std::size_t count = std::min<std::size_t>(kDrawsPerBlock, means.size() - i);
    for (std::size_t lane = 0; lane < count; ++lane) {
      // 24 bits are what a float holds exactly: a mean of 1 is never missed, one of 0 never hit.
      const float uniform = static_cast<float>(words[lane] >> 8) * 0x1p-24f;
      draws[i + lane] = uniform < means[i + lane] ? 1.0f : 0.0f;
    }
  }
}

}  // namespace cae
