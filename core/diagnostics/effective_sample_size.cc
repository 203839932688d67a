#include "core/diagnostics/effective_sample_size.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cae {
namespace {

constexpr std::size_t kFewestBatches = 4;

/// b for chains like this one.
std::int64_t BatchLength(const BatchedMoments& chain) {
  const auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(chain.count())));
  return std::max<std::int64_t>(1, root / chain.batch_length()) * chain.batch_length();
}

}  // namespace

std::optional<double> EffectiveSampleSize(absl::Span<const BatchedMoments> chains) {
  if (chains.empty()) return std::nullopt;
  const std::int64_t length = BatchLength(chains.front());
  Moments numbers;
  Moments batch_means;
  for (const BatchedMoments& chain : chains) {
    numbers.Merge(chain.Total());
    const std::vector<double> means = chain.Means(length);
    if (means.size() < kFewestBatches) return std::nullopt;
    for (const double mean : means) batch_means.Add(mean);
  }
  const double asymptotic_variance = static_cast<double>(length) * batch_means.Variance();
  if (!(numbers.Variance() > 0 && asymptotic_variance > 0)) return std::nullopt;
  return static_cast<double>(numbers.count) * numbers.Variance() / asymptotic_variance;
}

}  // namespace cae
