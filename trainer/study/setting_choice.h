// ChooseSetting: the rule by which the noise of a sampler is chosen.
#ifndef CAE_TRAINER_STUDY_SETTING_CHOICE_H_
#define CAE_TRAINER_STUDY_SETTING_CHOICE_H_

#include <optional>
#include <vector>

#include "trainer/study/study.pb.h"
#include "trainer/study/study_step.h"

namespace cae {

/// A sampler on validation rows; shares are percent of the STRICT states.
struct SettingOutcome {
  double setting = 0;
  double unrecognised = 0, refused = 0;
  double log_likelihood = 0;  ///< Parzen STRICT
};

/// What a setting may have to be chosen for its likelihood, in percent.
struct SettingBounds {
  double unrecognised = 100, refused = 100;
};

SettingBounds BoundsOf(const study::v1::Study& study);

/// The same for all subjects: of the settings within the bounds the one with the largest
/// log-likelihood, the smaller setting where two are equal; where there is none, the one that lies
/// the least beyond them, both excesses added. nullopt where there are no outcomes.
std::optional<double> ChooseSetting(const std::vector<SettingOutcome>& outcomes,
                                    const SettingBounds& bounds);

/// Of the kChoose steps of a subject that are done, in the order of the steps. Settings whose
/// chains broke are no choice.
std::vector<SettingOutcome> OutcomesOf(int subject, const std::vector<StudyStep>& steps,
                                       const std::vector<StepRecord>& records);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_SETTING_CHOICE_H_
