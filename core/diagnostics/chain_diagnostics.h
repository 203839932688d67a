// ChainDiagnostics: how well the chains of one stream mix, as far as they have come.
#ifndef CAE_CORE_DIAGNOSTICS_CHAIN_DIAGNOSTICS_H_
#define CAE_CORE_DIAGNOSTICS_CHAIN_DIAGNOSTICS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/diagnostics/batched_moments.h"
#include "core/diagnostics/class_transitions.h"
#include "core/diagnostics/sample_statistics.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"

namespace cae {

/// One statistic over all draws of all chains. Plain data.
struct StatisticSummary {
  double mean = 0;
  double variance = 0;                       ///< unbiased; 0 for fewer than two numbers
  std::optional<double> split_r_hat;         ///< over the halves of all chains
  std::optional<double> within_chain_r_hat;  ///< the largest of one chain's own two halves
  std::optional<double> effective_sample_size;
  std::vector<Moments> half_moments;  ///< halves of chain c at 2 c and 2 c + 1
};

/// Watches draw after draw in O(1) memory a chain (at most 6 KiB beside its last draw).
/// Thread-compatible but for what is said of ObserveRows.
class ChainDiagnostics {
 public:
  /// For `chains` chains of the model that `statistics` belongs to; `with_classes` needs its
  /// classifier.
  ChainDiagnostics(std::shared_ptr<const SampleStatistics> statistics, Index chains,
                   bool with_classes);

  // A draw is observed as ObserveRows for all chains, in any order, and then DrawDone. What comes
  // out does not depend on how the chains were cut.

  /// The next draw of chains [first, first + n): [n, input units], with its SampleStatistics and,
  /// with classes, its logits [n, classes]. Distinct chains may be observed at the same time.
  void ObserveRows(Index first, ConstMatrixView draws, SampleStatisticsView values,
                   ConstMatrixView logits);
  /// All chains were observed.
  void DrawDone();

  /// A whole draw, [chains, input units], whose statistics and logits are computed here.
  void Observe(ConstMatrixView draw, Workspace& workspace);

  /// Draws observed, a chain.
  std::int64_t draws() const { return draws_; }
  /// O(chains), some 64 merges each.
  std::array<StatisticSummary, kSampleStatistics> Summarise() const;
  /// Mean over chains of the Euclidean distance between consecutive draws; 0 before the second.
  double mean_distance() const { return distances_.mean; }
  /// Null without classes.
  const ClassTransitions* transitions() const {
    return transitions_.has_value() ? &*transitions_ : nullptr;
  }

 private:
  const std::shared_ptr<const SampleStatistics> statistics_;
  /// Of each statistic, one series a chain.
  std::array<std::vector<BatchedMoments>, kSampleStatistics> series_;
  std::int64_t draws_ = 0;
  Matrix last_draw_;           ///< rows of the chains observed, as of their last
  std::vector<double> moved_;  ///< of each chain: distance of its present draw from its last
  Moments distances_;
  std::optional<ClassTransitions> transitions_;
  Matrix logits_;  ///< of the present draw; empty without classes
};

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_CHAIN_DIAGNOSTICS_H_
