#include "core/diagnostics/chain_diagnostics.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/diagnostics/effective_sample_size.h"
#include "core/diagnostics/split_r_hat.h"

namespace cae {
namespace {

/// Rows that go through the model together, which bounds the memory for their activations.
constexpr Index kRowsPerBlock = 64;

StatisticSummary Summarised(const std::vector<BatchedMoments>& chains) {
  StatisticSummary summary;
  Moments total;
  for (const BatchedMoments& chain : chains) {
    const std::array<Moments, 2> halves = chain.Halves();
    const std::optional<double> r_hat = SplitRHat(halves);
    // An optional without a value is less than any with one.
    summary.within_chain_r_hat = std::max(summary.within_chain_r_hat, r_hat);
    for (const Moments& half : halves) {
      total.Merge(half);
      summary.half_moments.push_back(half);
    }
  }
  summary.mean = total.mean;
  summary.variance = total.Variance();
  summary.split_r_hat = SplitRHat(summary.half_moments);
  summary.effective_sample_size = EffectiveSampleSize(chains);
  return summary;
}

}  // namespace

ChainDiagnostics::ChainDiagnostics(std::shared_ptr<const SampleStatistics> statistics, Index chains,
                                   bool with_classes)
    : statistics_(std::move(statistics)) {
  for (auto& series : series_) series.resize(static_cast<std::size_t>(chains));
  if (!with_classes) return;
  transitions_.emplace(statistics_->autoencoder().classes());
  logits_.resize(chains, transitions_->classes());
}

void ChainDiagnostics::Observe(ConstMatrixView draw, Workspace& workspace) {
  CAE_CHECK(draw.rows() == static_cast<Index>(series_[0].size()), "draws of other chains");
  for (Index first = 0; first < draw.rows(); first += kRowsPerBlock) {
    ObserveRows(draw, first, std::min(kRowsPerBlock, draw.rows() - first), workspace);
  }
  if (transitions_.has_value()) transitions_->Observe(logits_);
  last_draw_ = draw;
  ++draws_;
}

void ChainDiagnostics::ObserveRows(ConstMatrixView draw, Index first, Index count,
                                   Workspace& workspace) {
  const ConstMatrixView rows = Rows(draw, first, count);
  const MatrixD values = statistics_->Of(rows, workspace);
  for (Index row = 0; row < count; ++row) {
    const auto chain = static_cast<std::size_t>(first + row);
    for (Index i = 0; i < kSampleStatistics; ++i) {
      series_[static_cast<std::size_t>(i)][chain].Add(values(row, i));
    }
    if (draws_ == 0) continue;
    const Index at = first + row;
    distances_.Add((draw.row(at) - last_draw_.row(at)).cast<double>().norm());
  }
  if (!transitions_.has_value()) return;
  statistics_->autoencoder().Logits(rows, Rows(MatrixView(logits_), first, count), workspace);
}

std::array<StatisticSummary, kSampleStatistics> ChainDiagnostics::Summarise() const {
  std::array<StatisticSummary, kSampleStatistics> summaries;
  std::transform(series_.begin(), series_.end(), summaries.begin(), Summarised);
  return summaries;
}

}  // namespace cae
