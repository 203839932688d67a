#include "trainer/training/epochs.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "trainer/base/random_stream.h"

namespace cae {
namespace {

// The step that comes next, and what the steps of its epoch before it came to.
struct Position {
  std::int64_t epoch = 1;
  std::int64_t step = 0;
  Metrics sums;  // over rows
  double gradient_norms = 0;
  double epoch_seconds = 0, stage_seconds = 0;

  void Exchange(StateArchive& archive) {
    archive.Integer("position.epoch", epoch);
    archive.Integer("position.step", step);
    auto metrics = static_cast<std::int64_t>(sums.size());
    archive.Integer("position.metrics", metrics);
    if (archive.restoring()) sums.resize(std::clamp<std::int64_t>(metrics, 0, 100));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      archive.Text(absl::StrCat("position.metric.", i), sums[i].name);
      archive.Real(absl::StrCat("position.sum.", i), sums[i].value);
    }
    archive.Real("position.gradient_norms", gradient_norms);
    archive.Real("position.epoch_seconds", epoch_seconds);
    archive.Real("position.stage_seconds", stage_seconds);
  }
};

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

bool AllFinite(const Metrics& metrics) {
  return std::all_of(metrics.begin(), metrics.end(),
                     [](const Metric& metric) { return std::isfinite(metric.value); });
}

// One stage on its way through its epochs.
class EpochLoop {
 public:
  EpochLoop(const EpochPlan& plan, TrainingStage& stage, const RunServices& services)
      : plan_(plan),
        stage_(stage),
        services_(services),
        steps_per_epoch_((plan.rows + plan.batch_size - 1) / plan.batch_size) {
    report_.stage = plan.stage;
    report_.layer = plan.layer;
    report_.epochs = plan.epochs;
    report_.rows = plan.rows;
  }

  absl::Status Run() {
    if (services_.checkpoints != nullptr) {
      CAE_RETURN_IF_ERROR(services_.checkpoints->Restore(plan_.stage_number, exchange_));
    }
    absl::Status status = RunFromPosition();
    if (!absl::IsCancelled(status) || services_.checkpoints == nullptr) return status;
    CAE_RETURN_IF_ERROR(services_.checkpoints->OnCancel(plan_.stage_number, exchange_));
    return status;
  }

 private:
  absl::Status RunFromPosition() {
    while (position_.epoch <= plan_.epochs && !stage_.Finished()) {
      CAE_RETURN_IF_ERROR(RunEpoch());
      const auto epoch = static_cast<int>(position_.epoch);
      report_.validation = stage_.Validate();
      if (!AllFinite(report_.validation)) return OverflowError("behind the last step");
      // From here on this epoch is behind us, whatever the observers say.
      position_ = {position_.epoch + 1, 0, {}, 0, 0, position_.stage_seconds};
      CAE_RETURN_IF_ERROR(services_.observer.OnEpoch(report_));
      if (services_.checkpoints != nullptr) {
        CAE_RETURN_IF_ERROR(
            services_.checkpoints->AfterEpoch(plan_.stage_number, epoch, plan_.epochs, exchange_));
      }
    }
    return absl::OkStatus();
  }

  absl::Status RunEpoch() {
    const std::uint64_t stream = static_cast<std::uint64_t>(plan_.stage_number) << 32 |
                                 static_cast<std::uint64_t>(position_.epoch);
    const std::vector<Index> order =
        RandomStream(plan_.seed, RandomUse::kRowOrder, stream).Permutation(plan_.rows);
    report_.epoch = static_cast<int>(position_.epoch);
    report_.validation.clear();
    FillReport();
    absl::Time last = services_.clock.Now();
    while (position_.step < steps_per_epoch_) {
      CAE_RETURN_IF_ERROR(TakeStep(order));
      const absl::Time now = services_.clock.Now();
      position_.epoch_seconds += absl::ToDoubleSeconds(now - last);
      position_.stage_seconds += absl::ToDoubleSeconds(now - last);
      last = now;
      FillReport();
      CAE_RETURN_IF_ERROR(services_.observer.OnStep(report_));
    }
    return absl::OkStatus();
  }

  absl::Status TakeStep(const std::vector<Index>& order) {
    report_.learning_rate = LearningRateAt(
        plan_.schedule, plan_.learning_rate,
        (position_.epoch - 1) * steps_per_epoch_ + position_.step, steps_per_epoch_, plan_.epochs);
    const auto rows =
        absl::MakeSpan(order).subspan(position_.step * plan_.batch_size, plan_.batch_size);
    const StepResult result = stage_.Descend(rows, report_.learning_rate);
    ++position_.step;
    if (!result.finite) return OverflowError(absl::StrCat("step ", position_.step));
    Accumulate(result.metrics, static_cast<double>(rows.size()), position_.sums);
    position_.gradient_norms += result.gradient_norm;
    return absl::OkStatus();
  }

  // What the position says.
  void FillReport() {
    report_.rows_done = std::min(plan_.rows, position_.step * plan_.batch_size);
    report_.training = Divided(position_.sums, static_cast<double>(report_.rows_done));
    report_.gradient_norm =
        position_.gradient_norms / static_cast<double>(std::max<Index>(position_.step, 1));
    report_.elapsed = absl::Seconds(position_.epoch_seconds);
    report_.stage_elapsed = absl::Seconds(position_.stage_seconds);
  }

  absl::Status OverflowError(absl::string_view where) const {
    return absl::OutOfRangeError(
        absl::StrCat(plan_.stage, ", epoch ", position_.epoch, ", ", where,
                     ": the loss or its gradient is not a finite number any more; try a smaller ",
                     absl::StrJoin(plan_.remedies, " or "), " (the learning rate is ",
                     plan_.learning_rate, ")"));
  }

  const EpochPlan& plan_;
  TrainingStage& stage_;
  const RunServices& services_;
  const Index steps_per_epoch_;
  Position position_;
  TrainingReport report_;
  const StageCheckpoints::Exchange exchange_ = [this](StateArchive& archive) {
    position_.Exchange(archive);
    stage_.Exchange(archive);
  };
};

}  // namespace

absl::Status RunEpochs(const EpochPlan& plan, TrainingStage& stage, const RunServices& services) {
  CAE_CHECK(plan.rows > 0 && plan.batch_size > 0, "a stage without rows");
  return EpochLoop(plan, stage, services).Run();
}

}  // namespace cae
