// StudyRunner: makes the steps of a study that have not been made yet.
#ifndef CAE_TRAINER_STUDY_STUDY_RUNNER_H_
#define CAE_TRAINER_STUDY_STUDY_RUNNER_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "trainer/study/step_commands.h"
#include "trainer/study/study.h"
#include "trainer/study/study_step.h"

namespace cae {

/// What a command of `cae-train` left behind.
struct ProgramResult {
  int exit_code = 0;
  std::string out;
  std::string reason;    ///< why it failed
  bool stopped = false;  ///< by a signal, which may have come too late to end it early
};

struct StudyRunnerOptions : StepCommandOptions {
  bool make = true;            ///< false: nothing is made, only what there is gets read
  std::set<std::string> only;  ///< names of the subjects that are worked on; empty = all
  std::string processor;       ///< goes into the records
  /// Runs `cae-train` with these words.
  std::function<ProgramResult(const std::vector<std::string>& words)> run;
  std::function<void(const std::string& line)> say;
};

/// The result of a step is kept in its folder under StepCommands::KeyOf. A step whose record has
/// that key is not made again; what failed is tried again. A step whose model could not be made
/// fails for that.
class StudyRunner {
 public:
  /// `digests`: of the data of each recipe's data set, by its name. Quick studies keep the first
  /// two settings of each subject.
  StudyRunner(StudyFiles files, std::map<std::string, std::string> digests,
              StudyRunnerOptions options);

  /// Takes subjects as made whose steps are all among `kept` (one a step, of LoadRecords) under the
  /// keys that they have now; their models need not be there. A subject counts whole, since a step
  /// that is missing would need its model. To be called before Run. Returns a line for each subject
  /// (of `only`) that is not taken: which is its first step that is not there.
  std::vector<std::string> Adopt(const std::vector<StepRecord>& kept);

  /// CANCELLED where a signal stopped it, ABORTED where another process is making steps of the same
  /// subject and seed; errors of steps are in their records.
  absl::Status Run();

  const StudyFiles& files() const { return commands_.files(); }
  const StudyRunnerOptions& options() const { return options_; }
  const std::vector<StudyStep>& steps() const { return steps_; }
  /// One a step; those of subjects that were left out as earlier runs have left them, adopted ones
  /// as they were given.
  const std::vector<StepRecord>& records() const { return records_; }
  /// How many steps Run has made.
  int made() const { return made_; }

  /// The picture of a subject's chains at a setting, of its first seed; empty where none has been
  /// drawn here. It is that of the record of kScore only if it has its output_digest.
  std::string Picture(int subject, double setting) const;
  /// By `make`, `only` and what was adopted.
  bool WorksOn(int subject) const;

 private:
  const Study& study() const { return files().study; }
  bool IsChosen(int subject) const;  // by `only`
  bool Adopted(int subject) const { return adopted_.count(subject) > 0; }
  // With the setting that is scored; without where none could be chosen.
  StudyStep Settled(StudyStep step) const;
  std::string KeyOf(const StudyStep& settled) const;
  // The record of the step that makes the file it reads; nullptr = it needs none.
  const StepRecord* MakerOf(const StudyStep& step) const;
  // The error of a step that cannot be made; empty = it can.
  std::string Obstacle(const StudyStep& settled) const;
  absl::Status RunStep(std::size_t i, bool only_load);
  absl::Status Make(std::size_t i, const StudyStep& settled, StepRecord& record);
  void Announce(std::size_t i, const StudyStep& settled);
  // nullopt where no step has been made yet.
  std::optional<double> SecondsLeft(std::size_t from) const;
  const StepRecord* Find(int subject, std::uint64_t seed, StepKind kind) const;

  StudyRunnerOptions options_;
  StepCommands commands_;
  std::vector<StudyStep> steps_;
  std::vector<StepRecord> records_;
  std::set<int> adopted_;       // subjects
  std::vector<bool> was_done_;  // when the run began
  absl::Time start_;
  int made_ = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STUDY_RUNNER_H_
