#include "trainer/study/study.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "trainer/recipe/message_tree.h"
#include "trainer/study/study_quantity.h"

namespace cae {
namespace {

using study::v1::Goal;
using study::v1::Limit;
using study::v1::Subject;
using Subjects = std::map<std::string, const Subject*>;

constexpr std::int64_t kMaxTextBytes = 1 << 20;

void FindFaultySubjects(const Study& study, Subjects& subjects, TreeFaults& faults) {
  std::set<std::string> slugs;
  for (int s = 0; s < study.subjects_size(); ++s) {
    const Subject& subject = study.subjects(s);
    const std::string at = absl::StrCat("/subjects/", s);
    const std::string slug = SlugOf(subject.name());
    if (slug.empty()) {
      faults.emplace(at + "/name", "has neither a letter nor a digit");
    } else if (!slugs.insert(slug).second) {
      faults.emplace(at + "/name", absl::StrCat("makes the files of another subject, ", slug));
    }
    subjects.emplace(subject.name(), &subject);
    std::set<double> settings;
    for (const double setting : subject.settings()) {
      const bool whole =
          subject.group() != study::v1::GROUP_BASELINE || std::floor(setting) == setting;
      if (!(setting > 0) || setting > 1e6 || !whole || !settings.insert(setting).second) {
        faults.emplace(at + "/settings",
                       absl::StrCat("has ", setting,
                                    "; settings are above 0 and to 1e+06, each "
                                    "once, and transitions of baselines are whole numbers"));
      }
    }
    if (settings.empty() && !subject.classifier() && !subject.linear()) {
      faults.emplace(at, "measures nothing: it has neither settings nor classifier nor linear");
    }
  }
}

void FindFaultyLimit(const Limit& limit, const Subject* subject, const Subjects& subjects,
                     const std::string& at, TreeFaults& faults) {
  const auto check = [&](const Subject& one, const std::string& where) {
    if (limit.quantity() == study::v1::QUANTITY_UNSPECIFIED || IsMeasured(limit.quantity(), one)) {
      return;
    }
    faults.emplace(where, absl::StrCat("is not measured on ", one.name()));
  };
  if (subject != nullptr) check(*subject, at + "/quantity");
  if (limit.bound_case() == Limit::BOUND_NOT_SET) {
    faults.emplace(at, "has none of at_least, at_most and as_good_as");
  }
  if (!limit.has_as_good_as()) {
    if (limit.has_factor()) faults.emplace(at + "/factor", "is there without as_good_as");
    if (limit.has_setting()) faults.emplace(at + "/setting", "is there without as_good_as");
    return;
  }
  const auto other = subjects.find(limit.as_good_as());
  if (other == subjects.end()) {
    faults.emplace(at + "/as_good_as", "is no subject's name");
    return;
  }
  check(*other->second, at + "/as_good_as");
  const auto& settings = other->second->settings();
  if (limit.has_setting() &&
      std::find(settings.begin(), settings.end(), limit.setting()) == settings.end()) {
    faults.emplace(at + "/setting",
                   absl::StrCat("is none of the settings of ", limit.as_good_as()));
  }
}

void FindFaultyGoals(const Study& study, const Subjects& subjects, TreeFaults& faults) {
  for (int g = 0; g < study.goals_size(); ++g) {
    const Goal& goal = study.goals(g);
    const std::string at = absl::StrCat("/goals/", g);
    if (goal.subjects().empty()) faults.emplace(at + "/subjects", "is missing");
    if (goal.reach().empty()) faults.emplace(at + "/reach", "is missing");
    const auto check_limits = [&](const Subject* subject) {
      for (int l = 0; l < goal.reach_size(); ++l) {
        FindFaultyLimit(goal.reach(l), subject, subjects, absl::StrCat(at, "/reach/", l), faults);
      }
      for (int l = 0; l < goal.beyond_size(); ++l) {
        FindFaultyLimit(goal.beyond(l), subject, subjects, absl::StrCat(at, "/beyond/", l), faults);
      }
    };
    for (const std::string& name : goal.subjects()) {
      const auto subject = subjects.find(name);
      if (subject == subjects.end()) {
        faults.emplace(at + "/subjects", absl::StrCat("has ", name, ", which is no subject"));
      }
      check_limits(subject == subjects.end() ? nullptr : subject->second);
      if (subject != subjects.end() && goal.has_paper() &&
          subject->second->group() == study::v1::GROUP_EXTENSION) {
        faults.emplace(at + "/subjects",
                       absl::StrCat("has ", name, ", an extension, in a row of the paper's"));
      }
    }
  }
}

// What the paper does not have: noise on what the encoder reads, chains within training.
bool HasExtensions(const Recipe& recipe) {
  return recipe.joint().has_walkback() || recipe.joint().has_corruption() ||
         std::any_of(recipe.layers().begin(), recipe.layers().end(),
                     [](const recipe::v1::Layer& layer) { return layer.has_corruption(); });
}

// What a recipe must have for what is measured on its model.
std::string UnfitFor(const Subject& subject, const Recipe& recipe) {
  const bool baseline = recipe.rbms_size() > 0;
  if (baseline != (subject.group() == study::v1::GROUP_BASELINE)) {
    return "is a baseline's exactly where the group is GROUP_BASELINE";
  }
  if (subject.group() == study::v1::GROUP_PAPER && HasExtensions(recipe)) {
    return "has corruption or walkback, which are extensions, so the group is no GROUP_PAPER";
  }
  if (subject.classifier() && !recipe.has_finetune()) {
    return "has no finetune, but the subject wants a classifier";
  }
  // A classifier without them is that of the last epoch.
  const bool chooses = subject.linear() || subject.settings_size() > 0;
  if (chooses && recipe.validation_rows() == 0) return "keeps no validation rows to choose by";
  return "";
}

}  // namespace

std::string SlugOf(absl::string_view name) {
  std::string slug;
  for (const char letter : name) {
    if (absl::ascii_isalnum(letter)) {
      slug.push_back(absl::ascii_tolower(letter));
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  if (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

absl::StatusOr<Study> ParseStudy(absl::string_view text) {
  CAE_ASSIGN_OR_RETURN(const nlohmann::json tree, ParseTree(text));
  Study study;
  TreeFaults faults;
  ReadMessage(tree, study, faults);
  Subjects subjects;
  FindFaultySubjects(study, subjects, faults);
  FindFaultyGoals(study, subjects, faults);
  CAE_RETURN_IF_ERROR(StatusOf(faults, "the study"));
  return study;
}

absl::StatusOr<StudyFiles> LoadStudy(const std::string& path, bool quick) {
  StudyFiles files;
  CAE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTextBytes));
  absl::StatusOr<Study> study = ParseStudy(text);
  if (!study.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", study.status().message()));
  }
  files.study = *std::move(study);
  files.folder = std::filesystem::path(path).parent_path().string();
  const auto beside = [&files](const std::string& name) {
    return (std::filesystem::path(files.folder) / name).string();
  };
  std::string faults;
  for (const Subject& subject : files.study.subjects()) {
    const std::string file = beside(subject.recipe());
    const absl::StatusOr<std::string> recipe_text = ReadFile(file, kMaxTextBytes);
    absl::StatusOr<Recipe> recipe =
        recipe_text.ok() ? ParseRecipe(*recipe_text) : absl::StatusOr<Recipe>(recipe_text.status());
    const std::string unfit = recipe.ok() ? UnfitFor(subject, *recipe) : "";
    if (recipe.ok() && unfit.empty()) {
      files.recipes.push_back(*std::move(recipe));
      continue;
    }
    absl::StrAppend(&faults, faults.empty() ? "" : "\n", file, ": ",
                    recipe.ok() ? unfit : std::string(recipe.status().message()));
  }
  if (!faults.empty()) return absl::InvalidArgumentError(faults);
  const std::string judge = quick ? files.study.quick_judge() : files.study.judge();
  if (!judge.empty()) {
    files.judge = beside(judge);
    CAE_ASSIGN_OR_RETURN(const std::string judge_text, ReadFile(files.judge, kMaxTextBytes));
    const absl::StatusOr<Recipe> recipe = ParseRecipe(judge_text);
    if (!recipe.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(files.judge, ": ", recipe.status().message()));
    }
  }
  return files;
}

}  // namespace cae
