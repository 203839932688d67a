#include "trainer/study/study_step.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/io/file.h"

namespace cae {
namespace {

using Json = nlohmann::json;
using State = StepRecord::State;

constexpr std::int64_t kMaxRecordBytes = 64 << 20;

}  // namespace

// Found by its argument, so not in the namespace without a name.
NLOHMANN_JSON_SERIALIZE_ENUM(State, {{State::kMissing, "missing"},
                                     {State::kStopped, "stopped"},
                                     {State::kFailed, "failed"},
                                     {State::kDone, "done"}})

const char* NameOf(StepKind kind) {
  switch (kind) {
    case StepKind::kTrain:
      return "train";
    case StepKind::kFinetune:
      return "finetune";
    case StepKind::kEvaluate:
      return "evaluate";
    case StepKind::kLinear:
      return "linear";
    case StepKind::kChoose:
      return "choose";
    case StepKind::kScore:
      return "score";
  }
  return "";
}

bool MeasuresSamples(StepKind kind) {
  return kind == StepKind::kChoose || kind == StepKind::kScore;
}

int ModelsOf(const study::v1::Subject& subject, int seeds) {
  return subject.has_models() ? std::min(static_cast<int>(subject.models()), seeds) : seeds;
}

std::set<double> ComparedSettings(const Study& study, const study::v1::Subject& subject) {
  std::set<double> settings;
  for (const study::v1::Goal& goal : study.goals()) {
    for (const auto* const limits : {&goal.reach(), &goal.beyond()}) {
      for (const study::v1::Limit& limit : *limits) {
        if (limit.has_setting() && limit.as_good_as() == subject.name()) {
          settings.insert(limit.setting());
        }
      }
    }
  }
  return settings;
}

std::vector<StudyStep> PlanSteps(const Study& study, int seeds) {
  std::vector<StudyStep> steps;
  for (int seed = 1; seed <= seeds; ++seed) {
    for (int s = 0; s < study.subjects_size(); ++s) {
      const study::v1::Subject& subject = study.subjects(s);
      const auto add = [&](StepKind kind, std::optional<double> setting = std::nullopt) {
        steps.push_back({s, static_cast<std::uint64_t>(seed), kind, setting});
      };
      if (seed <= ModelsOf(subject, seeds)) {
        add(StepKind::kTrain);
        if (subject.classifier()) {
          add(StepKind::kFinetune);
          add(StepKind::kEvaluate);
        }
        if (subject.linear()) add(StepKind::kLinear);
      }
      if (seed > 1) {
        if (subject.settings_size() > 0) add(StepKind::kScore);
        for (const double setting : ComparedSettings(study, subject)) {
          add(StepKind::kScore, setting);
        }
        continue;
      }
      for (const double setting : subject.settings()) add(StepKind::kChoose, setting);
      for (const double setting : subject.settings()) add(StepKind::kScore, setting);
    }
  }
  return steps;
}

void ReadMade(const Json& tree, StepRecord& record) {
  tree.at("key").get_to(record.key);
  tree.at("output_digest").get_to(record.output_digest);
  tree.at("processor").get_to(record.processor);
  tree.at("seconds").get_to(record.seconds);
  record.result = tree.at("result");
}

StepRecord LoadStepRecord(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxRecordBytes);
  if (!text.ok()) return {};
  const Json tree = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  try {
    StepRecord record;
    record.state = tree.at("state").get<State>();
    tree.at("error").get_to(record.error);
    ReadMade(tree, record);
    return record;
  } catch (const Json::exception&) {
    return {};  // of another version, or no record of ours
  }
}

absl::Status SaveStepRecord(const std::string& path, const StepRecord& record) {
  const Json tree = {{"state", record.state},
                     {"key", record.key},
                     {"output_digest", record.output_digest},
                     {"error", record.error},
                     {"processor", record.processor},
                     {"seconds", record.seconds},
                     {"result", record.result}};
  return WriteFileAtomically(path, tree.dump(2, ' ', true, Json::error_handler_t::replace) + "\n");
}

}  // namespace cae
