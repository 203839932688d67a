// Philox4x32-10: random numbers computed from a counter, so that the noise of any chain at any step
// can be had without the steps before it.
#ifndef CAE_CORE_MATH_PHILOX_H_
#define CAE_CORE_MATH_PHILOX_H_

#include <array>
#include <cstdint>

namespace cae {

/// 128 random bits for a key and a counter (Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers:
/// As Easy as 1, 2, 3", SC 2011). A bijection of the counter for every key.
inline std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter,
                                               std::uint64_t key) {
  constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  constexpr int kRounds = 10;
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return counter;
}

/// Where in a job a random number is used. Two places never share one.
struct NoiseCounter {
  std::uint64_t chain = 0;  ///< number of the chain in the job, < 2^48
  std::uint64_t step = 0;   ///< number of the transition, < 2^48
};

/// The Philox counter of the four numbers of block `block` (lanes 4·block to 4·block + 3) at that
/// place.
inline std::array<std::uint32_t, 4> PhiloxCounter(NoiseCounter at, std::uint32_t block) {
  return {block, static_cast<std::uint32_t>(at.step), static_cast<std::uint32_t>(at.chain),
          static_cast<std::uint32_t>((at.step >> 32) & 0xFFFF) |
              static_cast<std::uint32_t>(at.chain >> 32) << 16};
}

}  // namespace cae

#endif  // CAE_CORE_MATH_PHILOX_H_
