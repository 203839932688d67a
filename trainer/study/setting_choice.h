// ChooseSetting: the rule by which the noise of a sampler is chosen.
#ifndef CAE_TRAINER_STUDY_SETTING_CHOICE_H_
#define CAE_TRAINER_STUDY_SETTING_CHOICE_H_

#include <optional>
#include <vector>

#include "trainer/study/study_step.h"

namespace cae {

/// A sampler on validation rows.
struct SettingOutcome {
  double setting = 0;
  double unrecognised = 0;    ///< percent of the STRICT states
  double log_likelihood = 0;  ///< Parzen STRICT
};

/// The same for all subjects: of the settings with at most `most_unrecognised` percent the
/// one with the largest log-likelihood, the smaller setting where two are equal; where there is
/// none, the one with the fewest. nullopt where there are no outcomes.
std::optional<double> ChooseSetting(const std::vector<SettingOutcome>& outcomes,
                                    double most_unrecognised);

/// Of the kChoose steps of a subject that are done, in the order of the steps. Settings whose
/// chains broke are no choice.
std::vector<SettingOutcome> OutcomesOf(int subject, const std::vector<StudyStep>& steps,
                                       const std::vector<StepRecord>& records);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_SETTING_CHOICE_H_
