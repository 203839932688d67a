// NoteSampleScores: what a model's card says about its samples.
#ifndef CAE_TRAINER_COMMANDS_SAMPLE_NOTES_H_
#define CAE_TRAINER_COMMANDS_SAMPLE_NOTES_H_

#include <string>

#include "absl/status/status.h"
#include "trainer/evaluation/sample_report.h"

namespace cae {

/// Adds the scores of test rows at one setting to the training notes of the model file at `path`,
/// which it replaces atomically, in the storage that its recipe names: `samples.noise_stddev`,
/// `samples.parzen_strict` and so on, shares as such and not in percent. Older notes of that kind
/// are replaced. INVALID_ARGUMENT, naming the file, where it holds no recipe; else errors of
/// LoadModelFile and SaveModelFile.
absl::Status NoteSampleScores(const std::string& path, const SettingScores& at);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_SAMPLE_NOTES_H_
