// Study: which models are trained, what is measured on them and what that is held to, as
// trainer/recipes/study.textproto holds it. Fields and limits stand in study.proto.
#ifndef CAE_TRAINER_STUDY_STUDY_H_
#define CAE_TRAINER_STUDY_STUDY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/recipe/recipe.h"
#include "trainer/study/study.pb.h"

namespace cae {

using Study = study::v1::Study;

/// Reads a study by the rules of ParseRecipe; what contradicts something else is a fault, too.
absl::StatusOr<Study> ParseStudy(absl::string_view text);

/// A study with everything that it names.
struct StudyFiles {
  Study study;
  std::string folder;           ///< of the study's file, where its recipes lie
  std::vector<Recipe> recipes;  ///< one a subject
  std::string judge;            ///< path of the judge's recipe; empty = the program's own
};

/// The study in that file, with its recipes and, if `quick`, quick_judge in place of judge.
/// INVALID_ARGUMENT lists the faults of all these files and what does not fit between them.
absl::StatusOr<StudyFiles> LoadStudy(const std::string& path, bool quick);

/// A subject's name as part of a file's: "CAE-2 strong" is cae-2-strong.
std::string SlugOf(absl::string_view name);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STUDY_H_
