// StudyStep: one command of `cae-train` within a study, and the file that keeps what came of it.
#ifndef CAE_TRAINER_STUDY_STUDY_STEP_H_
#define CAE_TRAINER_STUDY_STUDY_STEP_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/study/study.h"

namespace cae {

enum class StepKind {
  kTrain,     ///< makes the model
  kFinetune,  ///< makes the classifier
  kEvaluate,  ///< measures the classifier
  kLinear,    ///< measures the codes
  kChoose,    ///< scores samples at one setting on validation rows
  kScore,     ///< scores samples at one setting on test rows
};

/// "train", "linear", ...
const char* NameOf(StepKind kind);

/// Whether it scores samples, with validation rows or test rows.
bool MeasuresSamples(StepKind kind);

struct StudyStep {
  int subject = 0;         ///< of the study, from 0
  std::uint64_t seed = 1;  ///< from 1
  StepKind kind = StepKind::kTrain;
  std::optional<double> setting;  ///< of kChoose and kScore; a kScore without takes the chosen one
};

/// How many models of a subject are trained: Subject.models, at most `seeds`.
int ModelsOf(const study::v1::Subject& subject, int seeds);

/// All steps, in the order in which they are made: seed by seed, so that a study that is stopped
/// has something of every subject. Settings are chosen with the first seed alone, which is also
/// scored at all of them, the others at the chosen one and at those that goals name. Seeds beyond
/// ModelsOf score chains of the models that there are.
std::vector<StudyStep> PlanSteps(const Study& study, int seeds);

/// The settings of a subject that goals name.
std::set<double> ComparedSettings(const Study& study, const study::v1::Subject& subject);

/// What came of a step.
struct StepRecord {  // NOLINT(bugprone-exception-escape): moving JSON does not throw
  enum class State {
    kMissing,  ///< it has not been made
    kStopped,  ///< a signal came; made so far: `seconds`
    kFailed,   ///< `error` says why
    kDone,
  };
  State state = State::kMissing;
  std::string key;            ///< of all that decides the outcome; another key, another step
  std::string output_digest;  ///< of the model or the picture that it made; empty = none
  std::string error;
  std::string processor;  ///< that made it
  double seconds = 0;     ///< of work, over all stops
  nlohmann::json result;  ///< what it printed, if that was JSON
};

/// Takes over key, output_digest, processor, seconds and result. Throws nlohmann::json::exception
/// where one is not there.
void ReadMade(const nlohmann::json& tree, StepRecord& record);

/// kMissing where there is no file or one that is no record.
StepRecord LoadStepRecord(const std::string& path);

/// Errors as WriteFileAtomically.
absl::Status SaveStepRecord(const std::string& path, const StepRecord& record);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STUDY_STEP_H_
