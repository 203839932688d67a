#include "benchmarks/load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cae::benchmarks {

// Numbers below 2·kShared are their own bucket. A larger one with highest bit p is shifted right by
// p − 6, which leaves kShared ≤ mantissa < 2·kShared.
int LatencyHistogram::BucketOf(std::int64_t nanoseconds) {
  const auto number = static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(nanoseconds, 0, (std::int64_t{1} << kPowers) - 1));
  if (number < 2 * kShared) return static_cast<int>(number);
  const int shift = std::bit_width(number) - 7;
  return shift * kShared + static_cast<int>(number >> shift);
}

double LatencyHistogram::MiddleOf(int bucket) {
  if (bucket < 2 * kShared) return bucket;
  const int shift = bucket / kShared - 1;
  const double first = std::ldexp(bucket - shift * kShared, shift);
  return first + std::ldexp(0.5, shift);
}

void LatencyHistogram::Add(std::int64_t nanoseconds) {
  ++buckets_[static_cast<std::size_t>(BucketOf(nanoseconds))];
  ++count_;
  max_ = std::max(max_, nanoseconds);
  sum_ += static_cast<double>(nanoseconds);
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double LatencyHistogram::Mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

double LatencyHistogram::Percentile(double share) const {
  const auto wanted = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(count_)));
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted && seen > 0) {
      return std::min(MiddleOf(static_cast<int>(i)), static_cast<double>(max_));
    }
  }
  return 0;
}

}  // namespace cae::benchmarks
