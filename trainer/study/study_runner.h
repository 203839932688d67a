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

struct StudyRunnerOptions {
  std::string folder;       ///< of everything that is made
  std::string data_folder;  ///< empty = as `cae-train fetch`
  int seeds = 5;
  int threads = 1;
  bool quick = false;
  bool make = true;            ///< false: nothing is made, only what there is gets read
  std::set<std::string> only;  ///< names of the subjects that are worked on; empty = all
  std::string processor;       ///< goes into the records
  /// Runs `cae-train` with these words.
  std::function<ProgramResult(const std::vector<std::string>& words)> run;
  std::function<void(const std::string& line)> say;
};

/// The result of a step is kept in FOLDER/SUBJECT/seed-N/STEP.json under a key of all that decides
/// it: the command, the recipes, the data, the files that it reads. A step whose record has that
/// key is not made again; what failed is tried again. A step whose model could not be made fails
/// for that.
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

  /// CANCELLED where a signal stopped it; errors of steps are in their records.
  absl::Status Run();

  const StudyFiles& files() const { return files_; }
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
  struct StepCommand {
    std::vector<std::string> words;   // that decide what comes out
    std::vector<std::string> places;  // where things lie, how many threads there are
    std::string output;               // the file that it makes; empty = none
  };

  bool IsChosen(int subject) const;  // by `only`
  bool Adopted(int subject) const { return adopted_.count(subject) > 0; }
  std::string PictureFolder(int subject) const;
  std::string FolderOf(const StudyStep& step) const;
  // Of the model whose chains or codes a step measures.
  std::uint64_t ModelSeedOf(const StudyStep& step) const;
  std::string ModelOf(const StudyStep& step) const;
  std::string ClassifierOf(const StudyStep& step) const;
  std::string RecordPath(const StudyStep& step) const;
  // The setting that is scored; nullopt where none could be chosen.
  std::optional<double> SettingOf(const StudyStep& step) const;
  StepCommand CommandOf(const StudyStep& step) const;
  std::string KeyOf(const StudyStep& step, const StepCommand& command) const;
  // The record of the step that makes the file it reads; nullptr = it needs none.
  const StepRecord* MakerOf(const StudyStep& step) const;
  // The error of a step that cannot be made; empty = it can.
  std::string Obstacle(const StudyStep& step) const;
  absl::Status RunStep(std::size_t i, bool only_load);
  absl::Status Make(std::size_t i, const StepCommand& command, StepRecord& record);
  void Announce(std::size_t i);
  // nullopt where no step has been made yet.
  std::optional<double> SecondsLeft(std::size_t from) const;
  const StepRecord* Find(int subject, std::uint64_t seed, StepKind kind) const;

  StudyFiles files_;
  std::map<std::string, std::string> digests_;
  StudyRunnerOptions options_;
  std::string judge_text_;
  std::vector<StudyStep> steps_;
  std::vector<StepRecord> records_;
  std::set<int> adopted_;       // subjects
  std::vector<bool> was_done_;  // when the run began
  absl::Time start_;
  int made_ = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STUDY_RUNNER_H_
