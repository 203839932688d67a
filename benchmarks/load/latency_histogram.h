// LatencyHistogram: durations counted in buckets whose width grows with them.
#ifndef CAE_BENCHMARKS_LOAD_LATENCY_HISTOGRAM_H_
#define CAE_BENCHMARKS_LOAD_LATENCY_HISTOGRAM_H_

#include <array>
#include <cstdint>

namespace cae::benchmarks {

/// Counts nanoseconds from 1 to 2^40 (18 minutes; longer ones count as that) with a relative error
/// of at most 1/128, as HdrHistogram does: below 128 each number has a bucket of its own, above, 64
/// buckets share each power of two. Adding costs a few instructions and allocates nothing.
/// Thread-compatible.
class LatencyHistogram {
 public:
  void Add(std::int64_t nanoseconds);
  void Merge(const LatencyHistogram& other);

  std::int64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  double Mean() const;
  /// The smallest bucket's middle that at least this share of what was added does not exceed;
  /// 0 ≤ share ≤ 1. 0 where nothing was added.
  double Percentile(double share) const;

 private:
  static constexpr int kShared = 64;  ///< buckets a power of two
  static constexpr int kPowers = 40;
  static int BucketOf(std::int64_t nanoseconds);
  static double MiddleOf(int bucket);

  std::array<std::int64_t, (kPowers - 5)* kShared> buckets_ = {};
  std::int64_t count_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_LOAD_LATENCY_HISTOGRAM_H_
