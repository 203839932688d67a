#include "core/diagnostics/chain_diagnostics.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/diagnostics/effective_sample_size.h"
#include "core/diagnostics/split_r_hat.h"

namespace cae {
namespace {

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
  moved_.resize(static_cast<std::size_t>(chains));
  last_draw_.resize(chains, statistics_->autoencoder().input_units());
  if (!with_classes) return;
  transitions_.emplace(statistics_->autoencoder().classes());
  logits_.resize(chains, transitions_->classes());
}

void ChainDiagnostics::ObserveRows(Index first, ConstMatrixView draws, SampleStatisticsView values,
                                   ConstMatrixView logits) {
  CAE_CHECK(first + draws.rows() <= last_draw_.rows(), "draws of other chains");
  for (Index row = 0; row < draws.rows(); ++row) {
    const Index at = first + row;
    const auto chain = static_cast<std::size_t>(at);
    for (Index i = 0; i < kSampleStatistics; ++i) {
      series_[static_cast<std::size_t>(i)][chain].Add(values(row, i));
    }
    if (draws_ > 0) {
      moved_[chain] = (draws.row(row) - last_draw_.row(at)).cast<double>().norm();
    }
    last_draw_.row(at) = draws.row(row);
  }
  if (transitions_.has_value()) logits_.middleRows(first, logits.rows()) = logits;
}

void ChainDiagnostics::DrawDone() {
  if (draws_ > 0) {
    for (const double distance : moved_) distances_.Add(distance);
  }
  if (transitions_.has_value()) transitions_->Observe(logits_);
  ++draws_;
}

void ChainDiagnostics::Observe(ConstMatrixView draw, Workspace& workspace) {
  CAE_CHECK(draw.rows() == last_draw_.rows(), "draws of other chains");
  const MatrixD values = statistics_->Of(draw, workspace);
  Matrix logits(transitions_.has_value() ? draw.rows() : 0, logits_.cols());
  if (transitions_.has_value()) statistics_->autoencoder().Logits(draw, logits, workspace);
  ObserveRows(0, draw, {values.data(), values.rows(), values.cols()}, logits);
  DrawDone();
}

std::array<StatisticSummary, kSampleStatistics> ChainDiagnostics::Summarise() const {
  std::array<StatisticSummary, kSampleStatistics> summaries;
  std::transform(series_.begin(), series_.end(), summaries.begin(), Summarised);
  return summaries;
}

}  // namespace cae
