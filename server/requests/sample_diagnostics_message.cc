#include "server/requests/sample_diagnostics_message.h"

#include <array>
#include <limits>

namespace cae {
namespace {

/// In the order of SampleStatistic.
constexpr std::array<v1::SampleStatistic, kSampleStatistics> kWireStatistics = {
    v1::SAMPLE_STATISTIC_MEAN_PIXEL, v1::SAMPLE_STATISTIC_SQUARED_RECONSTRUCTION_DISTANCE,
    v1::SAMPLE_STATISTIC_PROJECTION_1, v1::SAMPLE_STATISTIC_PROJECTION_2,
    v1::SAMPLE_STATISTIC_PROJECTION_3};

void WriteStatistic(const StatisticSummary& summary, v1::StatisticDiagnostics& message) {
  message.set_mean(summary.mean);
  message.set_variance(summary.variance);
  if (summary.split_r_hat.has_value()) message.set_split_r_hat(*summary.split_r_hat);
  if (summary.within_chain_r_hat.has_value()) {
    message.set_within_chain_r_hat(*summary.within_chain_r_hat);
  }
  if (summary.effective_sample_size.has_value()) {
    message.set_effective_sample_size(*summary.effective_sample_size);
  }
  for (const Moments& half : summary.half_moments) {
    v1::Moments& moments = *message.add_half_moments();
    moments.set_count(half.count);
    moments.set_mean(half.mean);
    moments.set_m2(half.m2);
  }
}

}  // namespace

v1::SampleDiagnostics ToMessage(const ChainDiagnostics& diagnostics, std::int64_t first_draw,
                                std::int64_t thinning) {
  v1::SampleDiagnostics message;
  message.set_first_draw(first_draw);
  message.set_draws(diagnostics.draws());
  const auto summaries = diagnostics.Summarise();
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    v1::StatisticDiagnostics& statistic = *message.add_statistics();
    statistic.set_statistic(kWireStatistics[i]);
    WriteStatistic(summaries[i], statistic);
  }
  message.set_mean_displacement(diagnostics.mean_distance() / static_cast<double>(thinning));
  if (const ClassTransitions* transitions = diagnostics.transitions(); transitions != nullptr) {
    v1::ClassTransitions& counts = *message.mutable_class_transitions();
    counts.set_classes(static_cast<std::int32_t>(transitions->classes()));
    counts.mutable_counts()->Add(transitions->counts().begin(), transitions->counts().end());
  }
  return message;
}

std::int64_t TransitionBytes(Index classes) {
  constexpr std::int64_t kLargestCount = 9;  // bytes of a positive 64-bit number as a varint
  std::int64_t bytes = 0;
  return __builtin_mul_overflow(classes, classes * kLargestCount, &bytes)
             ? std::numeric_limits<std::int64_t>::max()
             : bytes;
}

}  // namespace cae
