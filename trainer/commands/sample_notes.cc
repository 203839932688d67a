#include "trainer/commands/sample_notes.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/io/model_file.h"
#include "trainer/model/stage_plans.h"
#include "trainer/recipe/recipe.h"

namespace cae {

absl::Status NoteSampleScores(const std::string& path, const SettingScores& at) {
  CAE_ASSIGN_OR_RETURN(ModelFile file, LoadModelFile(path));
  std::map<std::string, std::string>& notes = file.parameters.card.training;
  const auto text = notes.find("recipe");
  if (text == notes.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": its card holds no recipe that says how it is stored"));
  }
  CAE_ASSIGN_OR_RETURN(const Recipe recipe, ParseRecipe(text->second));
  const SampleScores& scores = at.scores;
  const auto note = [&notes](const char* name, double value) {
    notes[absl::StrCat("samples.", name)] = absl::StrFormat("%.4g", value);
  };
  note("noise_stddev", at.setting);
  note("parzen_strict", scores.strict_log_likelihood.mean);
  note("parzen_strict.standard_error", scores.strict_log_likelihood.standard_error);
  note("unrecognised", scores.strict_unrecognised.mean);
  note("refused", scores.strict_refused.mean);
  note("classes_in_10_states", scores.mixing.visited.front().mean);
  note("precision", scores.many.precision_recall.precision);
  note("recall", scores.many.precision_recall.recall);
  note("frechet_distance", scores.many.frechet_distance);
  return SaveModelFile(path, file.parameters, StorageOf(recipe));
}

}  // namespace cae
