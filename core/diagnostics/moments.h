// Moments: count, mean and spread of numbers that came one after the other.
#ifndef CAE_CORE_DIAGNOSTICS_MOMENTS_H_
#define CAE_CORE_DIAGNOSTICS_MOMENTS_H_

#include <cstdint>

namespace cae {

/// Plain data, in O(1) memory. Merging is associative and commutative up to rounding, so moments of
/// parts can be put together in any order: Chan, Golub, LeVeque, "Algorithms for Computing the
/// Sample Variance", The American Statistician 37 (1983); Add is the case of one number (Welford).
struct Moments {
  std::int64_t count = 0;
  double mean = 0;  ///< 0 where count is 0
  double m2 = 0;    ///< Σ (x − mean)²

  void Add(double x) { Merge({1, x, 0}); }

  void Merge(const Moments& other) {
    if (other.count == 0) return;
    const auto mine = static_cast<double>(count);
    const auto theirs = static_cast<double>(other.count);
    const double delta = other.mean - mean;
    count += other.count;
    mean += delta * theirs / static_cast<double>(count);
    m2 += other.m2 + delta * delta * mine * theirs / static_cast<double>(count);
  }

  /// Unbiased: m2 / (count − 1). 0 for fewer than two numbers.
  double Variance() const { return count < 2 ? 0 : m2 / static_cast<double>(count - 1); }
};

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_MOMENTS_H_
