// StepCommands: the command of `cae-train` that makes a step of a study, and where things lie.
#ifndef CAE_TRAINER_STUDY_STEP_COMMANDS_H_
#define CAE_TRAINER_STUDY_STEP_COMMANDS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "trainer/study/study.h"
#include "trainer/study/study_step.h"

namespace cae {

struct StepCommandOptions {
  std::string folder;       ///< of everything that is made
  std::string data_folder;  ///< empty = as `cae-train fetch`
  int seeds = 5;
  int threads = 1;
  bool quick = false;
};

struct StepCommand {
  std::vector<std::string> words;   ///< that decide what comes out
  std::vector<std::string> places;  ///< where things lie, how many threads there are
  std::string output;               ///< the file that it makes; empty = none
};

/// Everything of a step lies in FOLDER/SUBJECT/seed-N. Knows nothing of what has been made: a step
/// that measures samples comes with the setting that was chosen for it. Thread-safe.
class StepCommands {
 public:
  /// `digests`: of the data of each recipe's data set, by its name.
  StepCommands(StudyFiles files, std::map<std::string, std::string> digests,
               StepCommandOptions options);

  const StudyFiles& files() const { return files_; }

  std::string FolderOf(const StudyStep& step) const;
  /// Of what came of the step.
  std::string RecordPath(const StudyStep& step) const;
  /// Of a file that the step writes while it is made.
  std::string CheckpointOf(const StudyStep& step) const;
  std::string LogOf(const StudyStep& step) const;
  /// Where the pictures of a subject's chains go.
  std::string PictureFolder(int subject) const;

  StepCommand CommandOf(const StudyStep& step) const;

  /// Of all that decides what comes out: the command, the recipes, the data, the judge, and
  /// `input_digest` of the file that a step before it has made (empty = it reads none).
  std::string KeyOf(const StudyStep& step, absl::string_view input_digest) const;

  /// The step that trains the model on which a step works.
  StudyStep TrainingOf(const StudyStep& step) const;
  /// The step that makes the file which a step other than kTrain reads.
  StudyStep MakerOf(const StudyStep& step) const;

 private:
  std::string ModelOf(const StudyStep& step) const;
  std::string ClassifierOf(const StudyStep& step) const;

  StudyFiles files_;
  std::map<std::string, std::string> digests_;
  StepCommandOptions options_;
  std::string judge_text_;
};

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STEP_COMMANDS_H_
