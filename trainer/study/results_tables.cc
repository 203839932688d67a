#include "trainer/study/results_tables.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "trainer/study/study_quantity.h"

namespace cae {
namespace {

using study::v1::Goal;
using study::v1::Limit;
using study::v1::Quantity;
using study::v1::Subject;

constexpr char kNone[] = "–";

std::string Shown(Quantity quantity, const std::optional<Estimate>& estimate) {
  if (!estimate.has_value()) return kNone;
  std::string text = FormatQuantity(quantity, estimate->mean);
  if (estimate->rows > 1) {
    absl::StrAppend(&text, " ± ", FormatQuantity(quantity, estimate->standard_error));
  }
  return text;
}

std::string Shown(const std::optional<double>& setting) {
  return setting.has_value() ? absl::StrCat(*setting) : kNone;
}

std::string DescribeAll(const google::protobuf::RepeatedPtrField<Limit>& limits) {
  if (limits.empty()) return kNone;
  return absl::StrJoin(limits, "; ", [](std::string* out, const Limit& limit) {
    absl::StrAppend(out, DescribeLimit(limit));
  });
}

std::string NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMissed:
      return "**missed**";
    case Verdict::kReached:
      return "reached";
    case Verdict::kBeyond:
      return "beyond";
    default:
      return "not measured";
  }
}

// Of the subject that it compares with; nullopt = the chosen one.
std::optional<double> SettingOf(const Limit& limit) {
  return limit.has_setting() ? std::optional(limit.setting()) : std::nullopt;
}

std::string NameAt(const std::string& name, std::optional<double> setting) {
  return setting.has_value() ? absl::StrCat(name, " at ", *setting) : name;
}

// Of every quantity in the goal's limits: the subject's, and others' that it is compared with.
std::string Measured(const StudyResults& results, int subject, const Goal& goal) {
  std::vector<Quantity> quantities;
  std::map<Quantity, std::vector<std::string>> others;
  for (const auto* const limits : {&goal.reach(), &goal.beyond()}) {
    for (const Limit& limit : *limits) {
      const Quantity quantity = limit.quantity();
      if (others.count(quantity) == 0) quantities.push_back(quantity);
      std::vector<std::string>& compared = others[quantity];
      if (!limit.has_as_good_as()) continue;
      const std::optional<double> at = SettingOf(limit);
      const std::string other = absl::StrCat(
          NameAt(limit.as_good_as(), at), ": ",
          Shown(quantity, results.Over(results.SubjectOf(limit.as_good_as()), quantity, at)));
      if (std::find(compared.begin(), compared.end(), other) == compared.end()) {
        compared.push_back(other);
      }
    }
  }
  std::vector<std::string> parts;
  for (const Quantity quantity : quantities) {
    const std::optional<Estimate> own = results.Over(subject, quantity);
    const QuantityTraits& traits = TraitsOf(quantity);
    std::string part =
        absl::StrCat(traits.name, " ", Shown(quantity, own), own.has_value() ? traits.unit : "");
    if (!others[quantity].empty()) {
      absl::StrAppend(&part, " (", absl::StrJoin(others[quantity], ", "), ")");
    }
    parts.push_back(part);
  }
  return absl::StrJoin(parts, "; ");
}

// How many numbers a mean is taken over, and of how many models where some share one.
std::string SeedsOf(const StudyResults& results, int subject, Quantity quantity,
                    std::optional<double> setting = std::nullopt) {
  const auto seeds = static_cast<int>(results.Values(subject, quantity, setting).size());
  const int models = results.Models(subject);
  return models >= seeds ? absl::StrCat(seeds)
                         : absl::StrCat(seeds, " of ", models, models == 1 ? " model" : " models");
}

// The subject's, and of those that it is compared with, since their errors count as much.
std::string SeedsOf(const StudyResults& results, int subject, const Goal& goal) {
  std::vector<std::string> all = {SeedsOf(results, subject, goal.reach(0).quantity())};
  for (const auto* const limits : {&goal.reach(), &goal.beyond()}) {
    for (const Limit& limit : *limits) {
      if (!limit.has_as_good_as()) continue;
      const std::optional<double> at = SettingOf(limit);
      const std::string other = absl::StrCat(
          NameAt(limit.as_good_as(), at), ": ",
          SeedsOf(results, results.SubjectOf(limit.as_good_as()), limit.quantity(), at));
      if (std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
    }
  }
  return absl::StrJoin(all, "; ");
}

const char* WordOf(study::v1::Group group) {
  switch (group) {
    case study::v1::GROUP_EXTENSION:
      return "extension";
    case study::v1::GROUP_BASELINE:
      return "baseline";
    default:
      return "paper";
  }
}

// What a record of evaluate-samples says of training images taken as samples.
std::string ReferenceRow(const StudyResults& results, const std::vector<Quantity>& columns) {
  const nlohmann::json* const any = results.AnyScores();
  if (any == nullptr || !any->contains("training_images")) return "";
  const nlohmann::json& real = (*any)["training_images"];
  if (!real.is_object()) return "";
  // As if these images were the draws of many chains and the states of long ones.
  nlohmann::json scores = {{"many", real}};
  scores["strict"] = {{"unrecognised", real.value("unrecognised", nlohmann::json())},
                      {"refused", real.value("refused", nlohmann::json())}};
  const nlohmann::json result = {
      {"samplers", nlohmann::json::array({{{"scores", nlohmann::json::array({scores})}}})}};
  std::vector<std::string> cells = {"*training images as samples*", "", "", ""};
  for (const Quantity quantity : columns) {
    const std::optional<double> value = QuantityIn(result, quantity);
    cells.push_back(value.has_value() ? FormatQuantity(quantity, *value) : "");
  }
  return TableRow(cells);
}

}  // namespace

std::string TableRow(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

std::string TableHead(const std::vector<std::string>& cells) {
  return TableRow(cells) + "|" + absl::StrJoin(std::vector<std::string>(cells.size(), "---"), "|") +
         "|\n";
}

std::string GoalTable(const StudyResults& results) {
  std::string text =
      TableHead({"quantity", "subject", "paper", "to reach", "beyond", "measured", "seeds", ""});
  for (const Goal& goal : results.study().goals()) {
    for (const std::string& name : goal.subjects()) {
      const int s = results.SubjectOf(name);
      absl::StrAppend(&text, TableRow({goal.name(), name, goal.paper(), DescribeAll(goal.reach()),
                                       DescribeAll(goal.beyond()), Measured(results, s, goal),
                                       SeedsOf(results, s, goal), NameOf(results.Judge(s, goal))}));
    }
  }
  return text;
}

std::string SamplerTable(const StudyResults& results) {
  std::vector<Quantity> columns;
  for (int q = study::v1::QUANTITY_PARZEN_STRICT; q <= study::v1::QUANTITY_SAMPLE_SIZE; ++q) {
    columns.push_back(static_cast<Quantity>(q));
  }
  std::vector<std::string> head = {"sampler", "group", "seeds", "setting"};
  for (const Quantity quantity : columns) {
    head.push_back(absl::StrCat(TraitsOf(quantity).name,
                                absl::StartsWith(TraitsOf(quantity).unit, " %") ? ", %" : ""));
  }
  std::string text = TableHead(head);
  for (int s = 0; s < results.study().subjects_size(); ++s) {
    const Subject& subject = results.study().subjects(s);
    if (subject.settings().empty()) continue;
    std::vector<std::string> cells = {subject.name(), WordOf(subject.group()),
                                      SeedsOf(results, s, study::v1::QUANTITY_PARZEN_STRICT),
                                      Shown(results.Chosen(s))};
    for (const Quantity quantity : columns)
      cells.push_back(Shown(quantity, results.Over(s, quantity)));
    absl::StrAppend(&text, TableRow(cells));
  }
  return text + ReferenceRow(results, columns);
}

std::string SettingTable(const StudyResults& results) {
  std::string text =
      TableHead({"sampler", "setting", "unrecognised, %", "refused, %", "Parzen STRICT", "chosen"});
  for (int s = 0; s < results.study().subjects_size(); ++s) {
    const std::optional<double> chosen = results.Chosen(s);
    for (const SettingOutcome& one : results.Outcomes(s)) {
      absl::StrAppend(
          &text,
          TableRow({results.study().subjects(s).name(), absl::StrCat(one.setting),
                    absl::StrFormat("%.1f", one.unrecognised), absl::StrFormat("%.1f", one.refused),
                    absl::StrFormat("%.1f", one.log_likelihood),
                    chosen == one.setting ? "yes" : ""}));
    }
  }
  return text;
}

std::string ErrorTable(const StudyResults& results) {
  std::string text = TableHead({"model", "group", "fine-tuned, test error %", "seeds",
                                "linear on rows and codes, test error %", "seeds"});
  for (int s = 0; s < results.study().subjects_size(); ++s) {
    const Subject& subject = results.study().subjects(s);
    if (!subject.classifier() && !subject.linear()) continue;
    std::vector<std::string> cells = {subject.name(), WordOf(subject.group())};
    for (const Quantity quantity : {study::v1::QUANTITY_ERROR, study::v1::QUANTITY_LINEAR_ERROR}) {
      cells.push_back(Shown(quantity, results.Over(s, quantity)));
      cells.push_back(absl::StrCat(results.Values(s, quantity).size()));
    }
    absl::StrAppend(&text, TableRow(cells));
  }
  return text;
}

}  // namespace cae
