// BatchedMoments: a series of numbers of any length, kept as moments of a few dozen batches.
#ifndef CAE_CORE_DIAGNOSTICS_BATCHED_MOMENTS_H_
#define CAE_CORE_DIAGNOSTICS_BATCHED_MOMENTS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "core/diagnostics/moments.h"

namespace cae {

/// The numbers of one series in their order: number i belongs to batch i / batch_length(). The
/// length starts at 1; when kMostBatches are full, neighbours merge and the length doubles. So
/// there are kMostBatches / 2 full batches or more once there were kMostBatches, in O(1) memory (1
/// KiB). Thread-compatible.
class BatchedMoments {
 public:
  static constexpr int kMostBatches = 64;

  void Add(double x);

  std::int64_t count() const;
  std::int64_t batch_length() const { return batch_length_; }

  /// Of all numbers.
  Moments Total() const;

  /// Of the first and of the second half. They are made of whole batches, so that their counts
  /// differ by batch_length() at most; the batch under way belongs to the second.
  std::array<Moments, 2> Halves() const;

  /// Means of `length` consecutive numbers each, from the first number on; what does not fill the
  /// last one is left out. `length` must be a multiple of batch_length().
  std::vector<double> Means(std::int64_t length) const;

 private:
  struct Batch {
    double mean;
    double m2;
  };

  void MergeNeighbours();
  /// Merged moments of the full batches [first, last).
  Moments Merged(std::int64_t first, std::int64_t last) const;

  std::int64_t batch_length_ = 1;
  std::vector<Batch> full_;  ///< at most kMostBatches − 1 between calls of Add
  Moments open_;             ///< of the batch under way
};

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_BATCHED_MOMENTS_H_
