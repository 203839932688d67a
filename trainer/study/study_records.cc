#include "trainer/study/study_records.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "trainer/study/study_quantity.h"

namespace cae {
namespace {

using Json = nlohmann::json;
using State = StepRecord::State;
// Subject, seed, kind, setting.
using StepName = std::tuple<std::string, std::uint64_t, std::string, std::optional<double>>;

constexpr char kFormat[] = "cae-study-records/1";
constexpr std::int64_t kMaxBytes = 64 << 20;

StepName NameOfStep(const Study& study, const StudyStep& step) {
  return {study.subjects(step.subject).name(), step.seed, NameOf(step.kind), step.setting};
}

// Of what a step printed, the numbers that some quantity is made of.
Json ShownPart(const Json& result, StepKind kind) {
  if (kind == StepKind::kChoose) kind = StepKind::kScore;  // it prints the same
  Json shown;
  const auto keep = [&](const std::string& place) {
    const Json::json_pointer pointer(place);
    if (result.contains(pointer)) shown[pointer] = result.at(pointer);
  };
  for (int q = study::v1::Quantity_MIN + 1; q <= study::v1::Quantity_MAX; ++q) {
    const QuantityTraits& traits = TraitsOf(static_cast<study::v1::Quantity>(q));
    if (traits.step != kind) continue;
    keep(traits.place);
    absl::string_view place = traits.place;
    if (absl::ConsumeSuffix(&place, "/mean")) keep(absl::StrCat(place, "/standard_error"));
  }
  if (kind == StepKind::kScore) keep("/training_images");
  return shown;
}

StepRecord RecordOf(const Json& step) {
  StepRecord record;
  record.state = State::kDone;
  step.at("key").get_to(record.key);
  step.at("output_digest").get_to(record.output_digest);
  step.at("processor").get_to(record.processor);
  step.at("seconds").get_to(record.seconds);
  record.result = step.at("result");
  return record;
}

}  // namespace

absl::Status SaveRecords(const std::string& path, const Study& study,
                         const std::vector<StudyStep>& steps,
                         const std::vector<StepRecord>& records) {
  std::string lines;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const StepRecord& record = records[i];
    if (record.state != State::kDone) continue;
    const auto& [subject, seed, kind, setting] = NameOfStep(study, steps[i]);
    // In this order, which objects of the library do not keep by default.
    nlohmann::ordered_json step = {{"subject", subject}, {"seed", seed}, {"step", kind}};
    if (setting.has_value()) step["setting"] = *setting;
    step["key"] = record.key;
    step["output_digest"] = record.output_digest;
    step["processor"] = record.processor;
    step["seconds"] = record.seconds;
    step["result"] = ShownPart(record.result, steps[i].kind);
    absl::StrAppend(&lines, lines.empty() ? "" : ",\n",
                    step.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return WriteFileAtomically(
      path, absl::StrCat("{\"format\": \"", kFormat, "\", \"study\": ", Json(study.name()).dump(),
                         ", \"steps\": [\n", lines, "\n]}\n"));
}

absl::StatusOr<std::vector<StepRecord>> LoadRecords(const std::string& path, const Study& study,
                                                    const std::vector<StudyStep>& steps) {
  CAE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBytes));
  std::map<StepName, StepRecord> found;
  try {
    const Json tree = Json::parse(text);
    if (tree.at("format") != kFormat) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": its format is ",
                                                     tree.at("format").dump(), ", not \"", kFormat,
                                                     "\", which `cae-train reproduce` writes"));
    }
    for (const Json& step : tree.at("steps")) {
      const StepName name = {
          step.at("subject").get<std::string>(), step.at("seed").get<std::uint64_t>(),
          step.at("step").get<std::string>(),
          step.contains("setting") ? std::optional(step.at("setting").get<double>())
                                   : std::nullopt};
      found[name] = RecordOf(step);
    }
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": no records of a study (", error.what(),
                     "); `cae-train reproduce` writes them beside its page"));
  }
  std::vector<StepRecord> records;
  for (const StudyStep& step : steps) {
    const auto place = found.find(NameOfStep(study, step));
    records.push_back(place == found.end() ? StepRecord() : std::move(place->second));
  }
  return records;
}

}  // namespace cae
