#include "trainer/training/last_epochs.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace cae {

absl::Status LastEpochs::OnEpoch(const TrainingReport& report) {
  const std::string stage = absl::StrReplaceAll(report.stage, {{" ", "_"}});
  notes_[stage + ".epochs"] = absl::StrCat(report.epoch);
  for (const Metric& metric : report.training) {
    notes_[absl::StrCat(stage, ".training_", metric.name)] = absl::StrCat(metric.value);
  }
  for (const Metric& metric : report.validation) {
    notes_[absl::StrCat(stage, ".validation_", metric.name)] = absl::StrCat(metric.value);
  }
  return absl::OkStatus();
}

}  // namespace cae
