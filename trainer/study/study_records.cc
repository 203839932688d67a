#include "trainer/study/study_records.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/strict_json.h"
#include "trainer/study/study_quantity.h"

namespace cae {
namespace {

using Json = nlohmann::json;
using State = StepRecord::State;
// Subject, seed, kind, setting.
using StepName = std::tuple<std::string, std::uint64_t, std::string, std::optional<double>>;

constexpr char kFormat[] = "cae-study-records/1";
constexpr std::int64_t kMaxBytes = 64 << 20;
constexpr int kMaxDepth = 16;

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

StepName NameOfStep(const Json& step) {
  return {
      step.at("subject").get<std::string>(), step.at("seed").get<std::uint64_t>(),
      step.at("step").get<std::string>(),
      step.contains("setting") ? std::optional(step.at("setting").get<double>()) : std::nullopt};
}

std::string LineOf(const StepName& name, const StepRecord& record, const Json& result) {
  const auto& [subject, seed, kind, setting] = name;
  // In this order, which objects of the library do not keep by default.
  nlohmann::ordered_json step = {{"subject", subject}, {"seed", seed}, {"step", kind}};
  if (setting.has_value()) step["setting"] = *setting;
  step["key"] = record.key;
  step["output_digest"] = record.output_digest;
  step["processor"] = record.processor;
  step["seconds"] = record.seconds;
  step["result"] = result;
  return step.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct RecordsFile {
  std::string study;
  std::map<StepName, StepRecord> records;
};

absl::StatusOr<RecordsFile> ReadRecords(const std::string& path) {
  CAE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBytes));
  const auto fault = [&path](absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": no records of a study (", what,
                     "); `cae-train reproduce` writes them beside its page"));
  };
  const absl::StatusOr<Json> tree = ParseStrictJson(text, kMaxDepth);
  if (!tree.ok()) return fault(tree.status().message());
  RecordsFile file;
  try {
    if (tree->at("format") != kFormat) {
      return fault(absl::StrCat("its format is ", tree->at("format").dump(), ", not ", kFormat));
    }
    tree->at("study").get_to(file.study);
    if (!tree->at("steps").is_array()) return fault("its steps are no list");
    for (const Json& step : tree->at("steps")) {
      if (!step.at("seed").is_number_unsigned()) return fault("a seed is no number above 0");
      StepRecord& record = file.records[NameOfStep(step)];
      record.state = State::kDone;
      ReadMade(step, record);
    }
  } catch (const Json::exception& error) {
    return fault(error.what());
  }
  return file;
}

// What a file is to keep; nothing where there is none.
absl::StatusOr<RecordsFile> ReadEarlier(const std::string& path, const Study& study) {
  absl::StatusOr<RecordsFile> file = ReadRecords(path);
  if (absl::IsNotFound(file.status())) return RecordsFile();
  if (file.ok() && file->study != study.name()) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": has the records of another study, ",
                                                      file->study, "; write the page of ",
                                                      study.name(), " elsewhere (--report)"));
  }
  return file;
}

}  // namespace

absl::Status CheckRecords(const std::string& path, const Study& study) {
  return ReadEarlier(path, study).status();
}

absl::Status SaveRecords(const std::string& path, const Study& study,
                         const std::vector<StudyStep>& steps,
                         const std::vector<StepRecord>& records) {
  std::vector<std::string> lines;
  std::set<StepName> done;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (records[i].state != State::kDone) continue;
    const StepName name = NameOfStep(study, steps[i]);
    done.insert(name);
    lines.push_back(LineOf(name, records[i], ShownPart(records[i].result, steps[i].kind)));
  }
  std::set<std::string> subjects;
  for (const study::v1::Subject& subject : study.subjects()) subjects.insert(subject.name());
  CAE_ASSIGN_OR_RETURN(const RecordsFile earlier, ReadEarlier(path, study));
  for (const auto& [name, record] : earlier.records) {
    if (done.count(name) > 0 || subjects.count(std::get<0>(name)) == 0) continue;
    lines.push_back(LineOf(name, record, record.result));
  }
  return WriteFileAtomically(
      path, absl::StrCat("{\"format\": \"", kFormat, "\", \"study\": ", Json(study.name()).dump(),
                         ", \"steps\": [\n", absl::StrJoin(lines, ",\n"), "\n]}\n"));
}

absl::StatusOr<std::vector<StepRecord>> LoadRecords(const std::string& path, const Study& study,
                                                    const std::vector<StudyStep>& steps) {
  CAE_ASSIGN_OR_RETURN(RecordsFile file, ReadRecords(path));
  std::vector<StepRecord> records;
  for (const StudyStep& step : steps) {
    const auto place = file.records.find(NameOfStep(study, step));
    records.push_back(place == file.records.end() ? StepRecord() : std::move(place->second));
  }
  return records;
}

}  // namespace cae
