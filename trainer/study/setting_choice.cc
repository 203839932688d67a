#include "trainer/study/setting_choice.h"

#include <tuple>

#include "trainer/study/study_quantity.h"

namespace cae {

std::optional<double> ChooseSetting(const std::vector<SettingOutcome>& outcomes,
                                    double most_unrecognised) {
  const auto rank = [most_unrecognised](const SettingOutcome& one) {
    const bool clean = one.unrecognised <= most_unrecognised;
    return std::tuple(clean, clean ? one.log_likelihood : -one.unrecognised, -one.setting);
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
    const auto likelihood = QuantityIn(records[i].result, study::v1::QUANTITY_PARZEN_STRICT);
    if (!unrecognised.has_value() || !likelihood.has_value()) continue;
    outcomes.push_back({*steps[i].setting, *unrecognised, *likelihood});
  }
  return outcomes;
}

}  // namespace cae
