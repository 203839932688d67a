// StudyResults: the numbers of a study, put together from the records of its steps.
#ifndef CAE_TRAINER_STUDY_STUDY_RESULTS_H_
#define CAE_TRAINER_STUDY_STUDY_RESULTS_H_

#include <optional>
#include <string>
#include <vector>

#include "trainer/evaluation/estimate.h"
#include "trainer/evaluation/sample_report.h"
#include "trainer/study/setting_choice.h"
#include "trainer/study/study.h"
#include "trainer/study/study_step.h"

namespace cae {

/// How a subject does at a goal.
enum class Verdict {
  kUnknown,  ///< a number is not there
  kMissed,
  kReached,
  kBeyond,
};

/// A view of a study's steps and their records, which must outlive it.
class StudyResults {
 public:
  StudyResults(const Study& study, const std::vector<StudyStep>& steps,
               const std::vector<StepRecord>& records)
      : study_(study), steps_(steps), records_(records) {}

  const Study& study() const { return study_; }

  /// The setting chosen for a subject; nullopt where there is none yet.
  std::optional<double> Chosen(int subject) const;
  std::vector<SettingOutcome> Outcomes(int subject) const {
    return OutcomesOf(subject, steps_, records_);
  }

  /// How many models of a subject the study trains.
  int Models(int subject) const;

  /// One number a seed that has it, samples at `setting` or the chosen one.
  std::vector<double> Values(int subject, study::v1::Quantity quantity,
                             std::optional<double> setting = std::nullopt) const;
  /// Mean and standard error over the seeds; nullopt without values. rows = seeds.
  std::optional<Estimate> Over(int subject, study::v1::Quantity quantity,
                               std::optional<double> setting = std::nullopt) const;

  Verdict Judge(int subject, const study::v1::Goal& goal) const;
  /// The number that a limit holds the subject's to; nullopt where another subject's is not there.
  std::optional<double> BoundOf(const study::v1::Limit& limit) const;

  /// Samplers over all settings at the first seed, as far as they are scored, of one group or of
  /// the baselines. Only what WriteQualityMixingPlot shows is filled in.
  SampleReport Curves(study::v1::Group group) const;

  /// That the step scores chains at a setting that goals name and that is the chosen one, so that
  /// another step is the same.
  bool Repeats(std::size_t step) const;

  /// How many judges have scored the samples: one finds one distance for training images.
  int Judges() const;

  /// Any result of kScore, for what is the same in all; nullptr where there is none.
  const nlohmann::json* AnyScores() const;

  /// The place of the subject of that name.
  int SubjectOf(const std::string& name) const;

 private:
  bool Holds(int subject, const study::v1::Limit& limit, bool& known) const;

  const Study& study_;
  const std::vector<StudyStep>& steps_;
  const std::vector<StepRecord>& records_;
};

/// "Parzen STRICT ≥ 200 nats", "unrecognised ≤ 10 %", "recall ≥ 2 × that of DBN-2 at 1".
std::string DescribeLimit(const study::v1::Limit& limit);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STUDY_RESULTS_H_
