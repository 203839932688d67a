#include "trainer/study/setting_choice.h"

#include <algorithm>
#include <tuple>

#include "trainer/study/study_quantity.h"

namespace cae {

SettingBounds BoundsOf(const study::v1::Study& study) {
  return {study.most_unrecognised(), study.most_refused()};
}

std::optional<double> ChooseSetting(const std::vector<SettingOutcome>& outcomes,
                                    const SettingBounds& bounds) {
  const auto rank = [&bounds](const SettingOutcome& one) {
    const double beyond = std::max(0.0, one.unrecognised - bounds.unrecognised) +
                          std::max(0.0, one.refused - bounds.refused);
    return std::tuple(-beyond, one.log_likelihood, -one.setting);
  };
  const SettingOutcome* best = nullptr;
  for (const SettingOutcome& one : outcomes) {
    if (best == nullptr || rank(one) > rank(*best)) best = &one;
  }
  return best == nullptr ? std::nullopt : std::optional(best->setting);
}

std::vector<SettingOutcome> OutcomesOf(int subject, const std::vector<StudyStep>& steps,
                                       const std::vector<StepRecord>& records) {
  std::vector<SettingOutcome> outcomes;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].subject != subject || steps[i].kind != StepKind::kChoose) continue;
    if (records[i].state != StepRecord::State::kDone) continue;
    const auto unrecognised = QuantityIn(records[i].result, study::v1::QUANTITY_UNRECOGNISED);
    const auto refused = QuantityIn(records[i].result, study::v1::QUANTITY_REFUSED);
    const auto likelihood = QuantityIn(records[i].result, study::v1::QUANTITY_PARZEN_STRICT);
    if (!unrecognised.has_value() || !refused.has_value() || !likelihood.has_value()) continue;
    outcomes.push_back({*steps[i].setting, *unrecognised, *refused, *likelihood});
  }
  return outcomes;
}

}  // namespace cae
