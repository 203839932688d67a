#include "trainer/study/results_page.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "trainer/study/results_tables.h"

namespace cae {
namespace {

using study::v1::Goal;
using study::v1::Subject;

std::string GoalSection(const StudyResults& results, const Remarks& remarks) {
  if (results.study().goals().empty()) return "";
  std::string text = absl::StrCat("\n## Goals\n\n", GoalTable(results));
  for (const Goal& goal : results.study().goals()) {
    const auto remark = remarks.find(goal.name());
    if (remark == remarks.end()) continue;
    absl::StrAppend(&text, "\n**", goal.name(), ".** ", remark->second, "\n");
  }
  return text;
}

std::string ClassificationSection(const StudyResults& results) {
  const auto& subjects = results.study().subjects();
  const bool any = std::any_of(subjects.begin(), subjects.end(), [](const Subject& subject) {
    return subject.classifier() || subject.linear();
  });
  if (!any) return "";
  return absl::StrCat(
      "\n## Classification\n\nErrors on test rows; the epoch of the classifier and the "
      "regularisation of the linear one are chosen on validation rows; where all rows are trained "
      "on, the classifier is that of the last epoch.\n\n",
      ErrorTable(results));
}

std::string SampleSections(const StudyResults& results,
                           const std::vector<ResultsPicture>& pictures) {
  const auto& subjects = results.study().subjects();
  const bool any = std::any_of(subjects.begin(), subjects.end(),
                               [](const Subject& subject) { return subject.settings_size() > 0; });
  if (!any) return "";
  std::string text = absl::StrCat(
      "\n## Samples\n\nMeans ± standard errors over seeds, on test rows, at the setting chosen on "
      "validation rows; where models are fewer than seeds, each seed is another set of chains of "
      "one of them. Parzen STRICT is the log-likelihood (nats a test image) under all states "
      "of one long chain, mean of five chains, MANY that under thinned draws of many chains; both "
      "favour rigid samples and hardly punish broken ones, so neither is to be read alone. "
      "*Unrecognised* states of long chains are those whose largest probability among the ten "
      "classes lies below that of 99 % of the test images, by a separately trained, calibrated "
      "classifier. *Refused* ones lie below where an eleventh class, of blanks, halves and "
      "mixtures, takes its part of the probability; that is harder. Confidence, precision, recall "
      "(k = 3), Fréchet distance and entropy are of the draws of many chains, in the features of "
      "that classifier; classes, dwell, R-hat and effective sample size (ESS) are of the long "
      "chains. The setting is the noise σ, or Gibbs transitions a step of a baseline.\n\n",
      results.Judges() > 1
          ? "**More than one judge:** classifiers of one recipe, trained or run on several "
            "processors. "
            "Thresholds and features are not quite the same, so small differences between samplers "
            "that were judged on different ones mean nothing.\n\n"
          : "",
      SamplerTable(results));
  for (const ResultsPicture& picture : pictures) {
    absl::StrAppend(&text, "\n", picture.text, ":\n\n![", picture.text, "](", picture.file, ")\n");
  }
  absl::StrAppend(&text,
                  "\nPictures of chains: two lines, the states of two long chains from "
                  "half-way on; red ones are unrecognised, yellow ones only refused.\n");
  const SettingBounds bounds = BoundsOf(results.study());
  absl::StrAppend(
      &text,
      "\n## How settings were chosen\n\nBy one rule for all subjects, with seed 1, on "
      "validation rows alone: of the settings with at most ",
      bounds.unrecognised, " % unrecognised",
      bounds.refused < 100 ? absl::StrCat(" and at most ", bounds.refused, " % refused") : "",
      " states the one with the largest Parzen STRICT; where there is none, the one that exceeds "
      "this the least. All seeds are then scored on test rows at that "
      "setting, seed 1 at all settings for the curves.\n\n",
      SettingTable(results));
  return text;
}

std::string ShownSeconds(double seconds) {
  return seconds < 100 ? absl::StrFormat("%.1f s", seconds)
                       : absl::StrFormat("%.1f min", seconds / 60);
}

std::string WorkSection(const std::string& page, const StudyRunner& runner,
                        const StudyResults& results) {
  std::string text = TableHead(
      {"subject", "recipe", "train", "finetune", "evaluate", "linear", "samples, a setting"});
  const std::filesystem::path folder = std::filesystem::absolute(page).parent_path();
  double all = 0;
  std::set<std::string> processors;
  for (int s = 0; s < runner.files().study.subjects_size(); ++s) {
    const Subject& subject = runner.files().study.subjects(s);
    const std::filesystem::path recipe =
        std::filesystem::absolute(std::filesystem::path(runner.files().folder) / subject.recipe());
    std::vector<std::string> cells = {
        subject.name(),
        absl::StrCat(
            "[", subject.recipe(), "](",
            recipe.lexically_normal().lexically_relative(folder.lexically_normal()).string(), ")")};
    for (const std::vector<StepKind>& kinds : {std::vector{StepKind::kTrain},
                                               {StepKind::kFinetune},
                                               {StepKind::kEvaluate},
                                               {StepKind::kLinear},
                                               {StepKind::kChoose, StepKind::kScore}}) {
      double seconds = 0;
      int steps = 0;
      for (std::size_t i = 0; i < runner.steps().size(); ++i) {
        const StudyStep& step = runner.steps()[i];
        if (step.subject != s || runner.records()[i].state != StepRecord::State::kDone) continue;
        if (std::find(kinds.begin(), kinds.end(), step.kind) == kinds.end()) continue;
        if (results.Repeats(i)) continue;
        if (!runner.records()[i].processor.empty()) {
          processors.insert(runner.records()[i].processor);
        }
        seconds += runner.records()[i].seconds;
        ++steps;
      }
      all += seconds;
      cells.push_back(steps == 0 ? "–" : ShownSeconds(seconds / steps));
    }
    absl::StrAppend(&text, TableRow(cells));
  }
  return absl::StrCat("\n## Recipes and time\n\nNumber of seeds, from 1: ", runner.options().seeds,
                      ". Wall time a step, mean over seeds", processors.empty() ? "" : ", on ",
                      absl::StrJoin(processors, ", "), "; ", ShownSeconds(all),
                      " for all steps together.\n\n", text);
}

std::string FailureSection(const StudyRunner& runner, const StudyResults& results) {
  std::string rows;
  for (std::size_t i = 0; i < runner.steps().size(); ++i) {
    const StepRecord& record = runner.records()[i];
    if (record.state != StepRecord::State::kFailed || results.Repeats(i)) continue;
    const StudyStep& step = runner.steps()[i];
    const std::string error = absl::StrReplaceAll(
        record.error, {{runner.options().folder + "/", ""}, {"|", "/"}, {"\n", " "}});
    absl::StrAppend(
        &rows,
        TableRow({runner.files().study.subjects(step.subject).name(), absl::StrCat(step.seed),
                  absl::StrCat(NameOf(step.kind),
                               step.setting.has_value() ? absl::StrCat(" ", *step.setting) : ""),
                  error}));
  }
  if (rows.empty()) return "";
  return absl::StrCat("\n## Steps that failed\n\n", TableHead({"subject", "seed", "step", "error"}),
                      rows);
}

std::string SubjectRemarks(const StudyResults& results, const Remarks& remarks) {
  std::string text;
  for (const Subject& subject : results.study().subjects()) {
    const auto remark = remarks.find(subject.name());
    if (remark == remarks.end()) continue;
    absl::StrAppend(&text, "\n**", subject.name(), ".** ", remark->second, "\n");
  }
  return text.empty() ? "" : "\n## Remarks\n" + text;
}

}  // namespace

std::string RecordsBeside(const std::string& page) {
  return std::filesystem::path(page).replace_extension(".json").string();
}

absl::StatusOr<Remarks> ParseRemarks(absl::string_view text, const Study& study) {
  std::set<std::string> known;
  for (const Subject& subject : study.subjects()) known.insert(subject.name());
  for (const Goal& goal : study.goals()) known.insert(goal.name());
  Remarks remarks;
  std::vector<std::string> unknown;
  std::string* section = nullptr;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::string_view name = line;
    if (absl::ConsumePrefix(&name, "## ")) {
      const std::string title(absl::StripAsciiWhitespace(name));
      if (known.count(title) == 0) unknown.push_back(title);
      section = &remarks[title];
    } else if (section != nullptr) {
      absl::StrAppend(section, line, "\n");
    }
  }
  if (!unknown.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "remarks on what neither a goal nor a subject is called: ", absl::StrJoin(unknown, "; ")));
  }
  for (auto& remark : remarks)
    remark.second = std::string(absl::StripAsciiWhitespace(remark.second));
  return remarks;
}

std::string ResultsPage(const std::string& page, const StudyRunner& runner,
                        const StudyResults& results, const Remarks& remarks,
                        const std::vector<ResultsPicture>& pictures) {
  const StudyRunnerOptions& options = runner.options();
  const std::string records = std::filesystem::path(RecordsBeside(page)).filename().string();
  std::string text = absl::StrCat(
      "# ", results.study().name(),
      "\n\n<!-- Written by `cae-train reproduce`: do not edit. What "
      "people say of rows stands in the remarks beside the study. -->\n\n",
      options.quick ? "**A quick run, one epoch on few rows: the numbers mean nothing.**\n\n" : "",
      "`cae-train reproduce` made this page. Numbers are means ± standard errors over seeds; one "
      "without an error is of one seed. Nothing is left out because it missed. The numbers behind "
      "it, step by step: [",
      records, "](", records, ").\n");
  absl::StrAppend(&text, GoalSection(results, remarks), SampleSections(results, pictures),
                  ClassificationSection(results), SubjectRemarks(results, remarks),
                  FailureSection(runner, results), WorkSection(page, runner, results));
  return text;
}

}  // namespace cae
