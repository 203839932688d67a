#include "trainer/evaluation/mixing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/base/check.h"
#include "core/diagnostics/batched_moments.h"
#include "core/diagnostics/effective_sample_size.h"
#include "core/diagnostics/split_r_hat.h"

namespace cae {
namespace {

Index CountDistinct(const std::vector<std::uint8_t>& seen) {
  return std::accumulate(seen.begin(), seen.end(), Index{0});
}

MatrixD CountTransitions(const ChainClasses& chains) {
  MatrixD counts = MatrixD::Zero(chains.classes, chains.classes);
  for (Index c = 0; c < chains.chains; ++c) {
    for (Index t = 1; t < chains.steps; ++t) {
      const Index at = c * chains.steps + t;
      counts(chains.states[at - 1], chains.states[at]) += 1;
    }
  }
  for (Index i = 0; i < chains.classes; ++i) {
    const double leaving = counts.row(i).sum();
    if (leaving > 0) counts.row(i) /= leaving;
  }
  return counts;
}

// Halves that never move have no variance within them, and so no R-hat, though they may be stuck in
// different places: then as much as if a single one of all numbers were another by 1, as it could
// be of class indicators.
std::optional<double> RHatOf(const std::vector<Moments>& halves) {
  double numbers = 0;
  Moments means;
  for (const Moments& half : halves) {
    if (half.m2 > 0) return SplitRHat(halves);
    numbers += static_cast<double>(half.count);
    means.Add(half.mean);
  }
  if (halves.size() < 2 || !(means.Variance() > 0)) return std::nullopt;
  return std::sqrt(1 + means.Variance() * numbers);
}

SeriesMixing MixingOf(const ChainClasses& chains, const std::function<double(Index)>& value) {
  std::vector<BatchedMoments> series(chains.chains);
  std::vector<Moments> halves;
  for (Index c = 0; c < chains.chains; ++c) {
    for (Index t = 0; t < chains.steps; ++t) series[c].Add(value(c * chains.steps + t));
    for (const Moments& half : series[c].Halves()) halves.push_back(half);
  }
  return {RHatOf(halves), EffectiveSampleSize(series)};
}

void NoteWorst(const std::vector<SeriesMixing>& all, Mixing& mixing) {
  for (const SeriesMixing& one : all) {
    if (one.split_r_hat.has_value()) {
      mixing.worst_r_hat = std::max(mixing.worst_r_hat.value_or(0), *one.split_r_hat);
    }
    if (one.effective_sample_size.has_value()) {
      const double size = *one.effective_sample_size;
      mixing.smallest_sample_size = std::min(mixing.smallest_sample_size.value_or(size), size);
    }
  }
}

}  // namespace

VisitedClasses CountVisitedClasses(const ChainClasses& chains, Index window) {
  VisitedClasses visited;
  visited.window = window;
  visited.shares.assign(chains.classes + 1, 0);
  double windows = 0;
  for (Index c = 0; c < chains.chains; ++c) {
    for (Index first = 0; first + window <= chains.steps; first += window) {
      std::vector<std::uint8_t> seen(chains.classes, 0), recognised(chains.classes, 0);
      for (Index t = first; t < first + window; ++t) {
        const Index at = c * chains.steps + t;
        seen[chains.states[at]] = 1;
        if (chains.recognised[at] != 0) recognised[chains.states[at]] = 1;
      }
      const Index distinct = CountDistinct(seen);
      visited.shares[distinct] += 1;
      visited.mean += static_cast<double>(distinct);
      visited.recognised_mean += static_cast<double>(CountDistinct(recognised));
      windows += 1;
    }
  }
  if (windows == 0) return visited;
  visited.mean /= windows;
  visited.recognised_mean /= windows;
  for (double& share : visited.shares) share /= windows;
  return visited;
}

double MeanDwell(const ChainClasses& chains) {
  Index runs = 0;
  for (Index c = 0; c < chains.chains; ++c) {
    for (Index t = 0; t < chains.steps; ++t) {
      const Index at = c * chains.steps + t;
      if (t == 0 || chains.states[at] != chains.states[at - 1]) ++runs;
    }
  }
  if (runs == 0) return 0;
  return static_cast<double>(chains.chains * chains.steps) / static_cast<double>(runs);
}

Mixing MeasureMixing(const ChainClasses& chains, const MatrixD& projections) {
  const Index states = chains.chains * chains.steps;
  CAE_CHECK(static_cast<Index>(chains.states.size()) == states &&
                chains.recognised.size() == chains.states.size() && projections.rows() == states,
            "as many classes and projections as states");
  Mixing mixing;
  for (const Index window : kVisitWindows) {
    mixing.visited.push_back(CountVisitedClasses(chains, window));
  }
  mixing.dwell = MeanDwell(chains);
  mixing.transitions = CountTransitions(chains);
  for (Index k = 0; k < chains.classes; ++k) {
    mixing.class_indicators.push_back(
        MixingOf(chains, [&](Index at) { return chains.states[at] == k ? 1.0 : 0.0; }));
  }
  for (Index k = 0; k < projections.cols(); ++k) {
    mixing.principal_components.push_back(
        MixingOf(chains, [&](Index at) { return projections(at, k); }));
  }
  NoteWorst(mixing.class_indicators, mixing);
  NoteWorst(mixing.principal_components, mixing);
  return mixing;
}

}  // namespace cae
