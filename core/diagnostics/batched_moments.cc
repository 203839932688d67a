#include "core/diagnostics/batched_moments.h"

#include <cstddef>

namespace cae {

void BatchedMoments::Add(double x) {
  open_.Add(x);
  if (open_.count < batch_length_) return;
  full_.push_back({open_.mean, open_.m2});
  open_ = {};
  if (full_.size() == kMostBatches) MergeNeighbours();
}

void BatchedMoments::MergeNeighbours() {
  for (std::size_t i = 0; i < kMostBatches / 2; ++i) {
    const auto pair = static_cast<std::int64_t>(2 * i);
    const Moments merged = Merged(pair, pair + 2);
    full_[i] = {merged.mean, merged.m2};
  }
  full_.resize(kMostBatches / 2);
  batch_length_ *= 2;
}

Moments BatchedMoments::Merged(std::int64_t first, std::int64_t last) const {
  Moments merged;
  for (std::int64_t i = first; i < last; ++i) {
    const Batch& batch = full_[static_cast<std::size_t>(i)];
    merged.Merge({batch_length_, batch.mean, batch.m2});
  }
  return merged;
}

std::int64_t BatchedMoments::count() const {
  return static_cast<std::int64_t>(full_.size()) * batch_length_ + open_.count;
}

Moments BatchedMoments::Total() const {
  Moments total = Merged(0, static_cast<std::int64_t>(full_.size()));
  total.Merge(open_);
  return total;
}

std::array<Moments, 2> BatchedMoments::Halves() const {
  // As many batches as come nearest to half of the numbers.
  const std::int64_t middle = (count() + batch_length_) / (2 * batch_length_);
  Moments second = Merged(middle, static_cast<std::int64_t>(full_.size()));
  second.Merge(open_);
  return {Merged(0, middle), second};
}

std::vector<double> BatchedMoments::Means(std::int64_t length) const {
  const std::int64_t batches = length / batch_length_;
  const std::int64_t count = static_cast<std::int64_t>(full_.size()) / batches;
  std::vector<double> means;
  for (std::int64_t i = 0; i < count; ++i) {
    means.push_back(Merged(i * batches, (i + 1) * batches).mean);
  }
  return means;
}

}  // namespace cae
