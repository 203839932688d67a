#include "trainer/training/epochs.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "trainer/training/random_stream.h"

namespace cae {
namespace {

// Adds `weight` times the metrics of a batch to sums that start empty.
void Accumulate(const Metrics& metrics, double weight, Metrics& sums) {
  if (sums.empty()) {
    for (const Metric& metric : metrics) sums.push_back({metric.name, 0});
  }
  for (std::size_t i = 0; i < metrics.size(); ++i) sums[i].value += weight * metrics[i].value;
}

Metrics Divided(Metrics sums, double weight) {
  for (Metric& metric : sums) metric.value /= weight;
  return sums;
}

absl::Status OverflowError(const EpochPlan& plan, int epoch, Index step) {
  return absl::OutOfRangeError(absl::StrCat(
      plan.stage, ", epoch ", epoch, ", step ", step,
      ": the loss or its gradient is not a finite number any more; try a learning rate below ",
      plan.learning_rate, ", or a smaller contraction"));
}

}  // namespace

double LearningRateAt(LearningRateSchedule schedule, double learning_rate, Index step,
                      Index steps) {
  if (schedule == LearningRateSchedule::kConstant) return learning_rate;
  const double done = static_cast<double>(step) / static_cast<double>(steps);
  return learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

absl::Status RunEpochs(const EpochPlan& plan, TrainingStage& stage, TrainingObserver& observer,
                       const Clock& clock) {
  CAE_CHECK(plan.rows > 0 && plan.batch_size > 0, "a stage without rows");
  const Index steps_per_epoch = (plan.rows + plan.batch_size - 1) / plan.batch_size;
  const absl::Time stage_start = clock.Now();
  for (int epoch = 1; epoch <= plan.epochs; ++epoch) {
    const std::uint64_t stream = static_cast<std::uint64_t>(plan.stage_number) << 32 | epoch;
    const std::vector<Index> order =
        RandomStream(plan.seed, RandomUse::kRowOrder, stream).Permutation(plan.rows);
    const absl::Time epoch_start = clock.Now();
    TrainingReport report;
    report.stage = plan.stage;
    report.epoch = epoch;
    report.epochs = plan.epochs;
    report.rows = plan.rows;
    Metrics sums;
    for (Index step = 0; step < steps_per_epoch; ++step) {
      report.learning_rate =
          LearningRateAt(plan.schedule, plan.learning_rate, (epoch - 1) * steps_per_epoch + step,
                         plan.epochs * steps_per_epoch);
      const auto rows = absl::MakeSpan(order).subspan(step * plan.batch_size, plan.batch_size);
      const StepResult result = stage.Descend(rows, report.learning_rate);
      if (!result.finite) return OverflowError(plan, epoch, step + 1);
      Accumulate(result.metrics, static_cast<double>(rows.size()), sums);
      report.rows_done += static_cast<Index>(rows.size());
      report.training = Divided(sums, static_cast<double>(report.rows_done));
      report.elapsed = clock.Now() - epoch_start;
      report.stage_elapsed = clock.Now() - stage_start;
      CAE_RETURN_IF_ERROR(observer.OnStep(report));
    }
    report.validation = stage.Validate();
    CAE_RETURN_IF_ERROR(observer.OnEpoch(report));
  }
  return absl::OkStatus();
}

}  // namespace cae
