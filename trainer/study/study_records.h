// Records of a whole study in one file: the numbers behind its page, for programs, and for another
// machine that goes on with the study.
#ifndef CAE_TRAINER_STUDY_STUDY_RECORDS_H_
#define CAE_TRAINER_STUDY_STUDY_RECORDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/study/study.h"
#include "trainer/study/study_step.h"

namespace cae {

/// That SaveRecords finds there what it may replace: nothing, or records of this study.
/// FAILED_PRECONDITION where they are of another, else as LoadRecords.
absl::Status CheckRecords(const std::string& path, const Study& study);

/// Writes those of `records` (one a step) that are done, as JSON with a line a step: what it was,
/// its key, and of its result what the page shows. What the file has of steps of these subjects
/// that are not done here, it keeps, behind the others: it may be the only place that has it. The
/// same records and file give the same bytes. Errors as CheckRecords and WriteFileAtomically.
absl::Status SaveRecords(const std::string& path, const Study& study,
                         const std::vector<StudyStep>& steps,
                         const std::vector<StepRecord>& records);

/// One record a step of this study; kMissing for those that the file does not have, and what it
/// has beyond them is left out. Steps are found by name of subject, seed, kind and setting. Results
/// are any JSON. INVALID_ARGUMENT: no file of SaveRecords, and why; others as ReadFile.
absl::StatusOr<std::vector<StepRecord>> LoadRecords(const std::string& path, const Study& study,
                                                    const std::vector<StudyStep>& steps);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STUDY_RECORDS_H_
