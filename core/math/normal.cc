#include "core/math/normal.h"

#include <cmath>
#include <numbers>

namespace cae {
namespace {

double Uniform(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }

}  // namespace

VectorD StandardNormals(std::uint64_t seed, NoiseCounter at, Index size) {
  VectorD normals(size);
  for (Index first = 0; first < size; first += 4) {
    const auto words = Philox4x32(PhiloxCounter(at, static_cast<std::uint32_t>(first / 4)), seed);
    for (Index pair = 0; pair < 4 && first + pair < size; pair += 2) {
      const double radius = std::sqrt(-2 * std::log(Uniform(words[pair])));
      const double angle = 2 * std::numbers::pi * Uniform(words[pair + 1]);
      normals[first + pair] = radius * std::cos(angle);
      if (first + pair + 1 < size) normals[first + pair + 1] = radius * std::sin(angle);
    }
  }
  return normals;
}

}  // namespace cae
