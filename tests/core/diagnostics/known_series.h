// Series whose statistics are known.
#ifndef CAE_TESTS_CORE_DIAGNOSTICS_KNOWN_SERIES_H_
#define CAE_TESTS_CORE_DIAGNOSTICS_KNOWN_SERIES_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/diagnostics/batched_moments.h"
#include "core/math/normal.h"

namespace cae::testing {

/// x_t = ρ x_{t−1} + √(1 − ρ²) ε_t + mean, started in its stationary distribution N(mean, 1).
inline std::vector<double> AutoregressiveSeries(Index size, double rho, std::uint64_t seed,
                                                double mean = 0) {
  const VectorD noise = StandardNormals(seed, {0, 0}, size);
  std::vector<double> series(static_cast<std::size_t>(size));
  double x = noise[0];
  for (Index t = 0; t < size; ++t) {
    if (t > 0) x = rho * x + std::sqrt(1 - rho * rho) * noise[t];
    series[static_cast<std::size_t>(t)] = x + mean;
  }
  return series;
}

/// Two passes over all numbers, as the definition stands.
inline Moments TwoPassMoments(const std::vector<double>& numbers) {
  Moments moments;
  moments.count = static_cast<std::int64_t>(numbers.size());
  for (const double x : numbers) moments.mean += x / static_cast<double>(numbers.size());
  for (const double x : numbers) moments.m2 += (x - moments.mean) * (x - moments.mean);
  return moments;
}

inline BatchedMoments Batched(const std::vector<double>& numbers) {
  BatchedMoments batched;
  for (const double x : numbers) batched.Add(x);
  return batched;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_DIAGNOSTICS_KNOWN_SERIES_H_
