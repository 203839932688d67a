#include "trainer/study/study_runner.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/sha256.h"
#include "trainer/evaluation/judge_training.h"
#include "trainer/study/setting_choice.h"

namespace cae {
namespace {

using State = StepRecord::State;

// Changes whenever the same commands would give other numbers.
constexpr int kVersion = 3;
constexpr std::int64_t kMaxFileBytes = std::int64_t{4} << 30;

void Append(const std::vector<std::string>& more, std::vector<std::string>& words) {
  words.insert(words.end(), more.begin(), more.end());
}

// Alike steps take alike times.
bool Measures(StepKind kind) { return kind == StepKind::kChoose || kind == StepKind::kScore; }

std::string ShownDuration(double seconds) {
  if (seconds < 100) return absl::StrFormat("%.0f s", seconds);
  if (seconds < 6000) return absl::StrFormat("%.0f min", seconds / 60);
  return absl::StrFormat("%.1f h", seconds / 3600);
}

// And those that goals name.
void KeepFirstTwoSettings(Study& study) {
  for (study::v1::Subject& subject : *study.mutable_subjects()) {
    const std::set<double> compared = ComparedSettings(study, subject);
    const google::protobuf::RepeatedField<double> all = subject.settings();
    subject.clear_settings();
    for (int i = 0; i < all.size(); ++i) {
      if (i < 2 || compared.count(all[i]) > 0) subject.add_settings(all[i]);
    }
  }
}

// Of chains at that setting, whatever they are of.
std::vector<std::string> StripsIn(const std::string& folder, double setting) {
  const std::string ending = absl::StrCat("-", setting, "-strip.png");
  std::vector<std::string> strips;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (absl::EndsWith(entry.path().string(), ending)) strips.push_back(entry.path().string());
  }
  return strips;
}

absl::StatusOr<std::string> DigestOf(const std::string& path) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxFileBytes));
  return Sha256Hex(bytes);
}

}  // namespace

StudyRunner::StudyRunner(StudyFiles files, std::map<std::string, std::string> digests,
                         StudyRunnerOptions options)
    : files_(std::move(files)), digests_(std::move(digests)), options_(std::move(options)) {
  if (options_.quick) KeepFirstTwoSettings(files_.study);
  const absl::StatusOr<std::string> judge =
      files_.judge.empty() ? std::string(JudgeRecipeText()) : ReadFile(files_.judge, kMaxFileBytes);
  judge_text_ = judge.value_or("");
  steps_ = PlanSteps(files_.study, options_.seeds);
  records_.resize(steps_.size());
}

std::string StudyRunner::FolderOf(const StudyStep& step) const {
  return (std::filesystem::path(options_.folder) /
          SlugOf(files_.study.subjects(step.subject).name()) / absl::StrCat("seed-", step.seed))
      .string();
}

std::uint64_t StudyRunner::ModelSeedOf(const StudyStep& step) const {
  const int models = ModelsOf(files_.study.subjects(step.subject), options_.seeds);
  return (step.seed - 1) % static_cast<std::uint64_t>(models) + 1;
}

std::string StudyRunner::ModelOf(const StudyStep& step) const {
  const StudyStep train = {step.subject, ModelSeedOf(step), StepKind::kTrain, std::nullopt};
  return absl::StrCat(FolderOf(train), "/", SlugOf(files_.study.subjects(step.subject).name()),
                      ".safetensors");
}

std::string StudyRunner::ClassifierOf(const StudyStep& step) const {
  return absl::StrCat(FolderOf(step), "/classifier.safetensors");
}

std::string StudyRunner::PictureFolder(int subject) const {
  return FolderOf({subject, 1, StepKind::kScore, std::nullopt}) + "/pictures";
}

std::string StudyRunner::Picture(int subject, double setting) const {
  const std::vector<std::string> strips = StripsIn(PictureFolder(subject), setting);
  return strips.empty() ? "" : strips.front();
}

std::string StudyRunner::RecordPath(const StudyStep& step) const {
  const std::optional<double> setting = SettingOf(step);
  return absl::StrCat(FolderOf(step), "/", NameOf(step.kind),
                      setting.has_value() ? absl::StrCat("-", *setting) : "", ".json");
}

std::optional<double> StudyRunner::SettingOf(const StudyStep& step) const {
  if (!Measures(step.kind) || step.setting.has_value()) return step.setting;
  return ChooseSetting(OutcomesOf(step.subject, steps_, records_), BoundsOf(files_.study));
}

StudyRunner::StepCommand StudyRunner::CommandOf(const StudyStep& step) const {
  const study::v1::Subject& subject = files_.study.subjects(step.subject);
  const std::string recipe = (std::filesystem::path(files_.folder) / subject.recipe()).string();
  StepCommand command;
  command.places = {"--threads", absl::StrCat(options_.threads)};
  if (!options_.data_folder.empty()) Append({"--data", options_.data_folder}, command.places);
  if (options_.quick && step.kind != StepKind::kEvaluate) command.words = {"--quick"};
  const auto make = [&](const std::string& output) {
    command.output = output;
    Append({"--seed", absl::StrCat(step.seed)}, command.words);
    Append({recipe, "--output", output, "--checkpoint",
            absl::StrCat(FolderOf(step), "/", NameOf(step.kind), ".checkpoint"), "--resume",
            "--log", absl::StrCat(FolderOf(step), "/", NameOf(step.kind), ".jsonl")},
           command.places);
  };
  const auto measure = [&](const std::string& model) {
    command.words.emplace_back("--json");
    command.places.push_back(model);
  };
  switch (step.kind) {
    case StepKind::kTrain:
      make(ModelOf(step));
      break;
    case StepKind::kFinetune:
      make(ClassifierOf(step));
      Append({"--model", ModelOf(step)}, command.places);
      break;
    case StepKind::kEvaluate:
      measure(ClassifierOf(step));
      Append({"--spectrum-rows", "0"}, command.words);
      if (options_.quick) Append({"--rows", "1000"}, command.words);
      break;
    case StepKind::kLinear:
      measure(ModelOf(step));
      break;
    case StepKind::kChoose:
    case StepKind::kScore: {
      measure(ModelOf(step));
      const bool baseline = subject.group() == study::v1::GROUP_BASELINE;
      Append({baseline ? "--transitions" : "--noise", absl::StrCat(SettingOf(step).value_or(0)),
              "--on", step.kind == StepKind::kChoose ? "validation" : "test", "--seed",
              absl::StrCat(step.seed)},
             command.words);
      if (!files_.judge.empty()) Append({"--judge-recipe", files_.judge}, command.places);
      if (step.kind == StepKind::kScore && step.seed == 1) {
        Append({"--output", PictureFolder(step.subject)}, command.places);
      }
    }
  }
  const bool samples = Measures(step.kind);
  command.words.insert(command.words.begin(), samples ? "evaluate-samples" : NameOf(step.kind));
  return command;
}

std::string StudyRunner::KeyOf(const StudyStep& step, const StepCommand& command) const {
  // By any name and with any comments it is the same recipe.
  Recipe recipe = files_.recipes[step.subject];
  recipe.clear_name();
  const auto data = digests_.find(recipe.data());
  const StepRecord* const maker = MakerOf(step);
  return Sha256Hex(absl::StrCat(
      kVersion, "\n", absl::StrJoin(command.words, "\n"), "\n", SerializeRecipe(recipe), "\n",
      data == digests_.end() ? "" : data->second, "\n", Measures(step.kind) ? JudgeVersion() : 0,
      "\n", Measures(step.kind) ? judge_text_ : "", "\n",
      maker == nullptr ? "" : maker->output_digest, "\n"));
}

const StepRecord* StudyRunner::Find(int subject, std::uint64_t seed, StepKind kind) const {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const StudyStep& step = steps_[i];
    if (step.subject == subject && step.seed == seed && step.kind == kind) return &records_[i];
  }
  return nullptr;
}

const StepRecord* StudyRunner::MakerOf(const StudyStep& step) const {
  if (step.kind == StepKind::kTrain) return nullptr;
  return Find(step.subject, ModelSeedOf(step),
              step.kind == StepKind::kEvaluate ? StepKind::kFinetune : StepKind::kTrain);
}

std::string StudyRunner::Obstacle(const StudyStep& step) const {
  const StepRecord* const maker = MakerOf(step);
  if (maker != nullptr && maker->state != State::kDone) {
    const StepKind needed =
        step.kind == StepKind::kEvaluate ? StepKind::kFinetune : StepKind::kTrain;
    return absl::StrCat("needs ", NameOf(needed), ", which failed");
  }
  if (Measures(step.kind) && !SettingOf(step).has_value()) {
    return "no setting could be chosen: all steps that choose one failed";
  }
  return "";
}

std::vector<std::string> StudyRunner::Adopt(const std::vector<StepRecord>& kept) {
  std::vector<std::string> missing(static_cast<std::size_t>(files_.study.subjects_size()));
  // In order: the key of a step depends on what those before it have made and measured.
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const StudyStep& step = steps_[i];
    std::string& why = missing[static_cast<std::size_t>(step.subject)];
    if (!why.empty()) continue;
    records_[i] = kept[i];
    const bool there = kept[i].state == State::kDone;
    if (there && Obstacle(step).empty() && KeyOf(step, CommandOf(step)) == kept[i].key) continue;
    why = absl::StrCat(
        files_.study.subjects(step.subject).name(), ", seed ", step.seed, ": ", NameOf(step.kind),
        step.setting.has_value() ? absl::StrCat(" at ", *step.setting) : "",
        there ? " is of another recipe, data, judge, setting or program" : " is not there");
  }
  for (int subject = 0; subject < files_.study.subjects_size(); ++subject) {
    if (missing[static_cast<std::size_t>(subject)].empty()) adopted_.insert(subject);
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!Adopted(steps_[i].subject)) records_[i] = {};
  }
  for (int subject = 0; subject < files_.study.subjects_size(); ++subject) {
    if (!IsChosen(subject)) missing[static_cast<std::size_t>(subject)].clear();
  }
  missing.erase(std::remove(missing.begin(), missing.end(), ""), missing.end());
  return missing;
}

absl::Status StudyRunner::Make(std::size_t i, const StepCommand& command, StepRecord& record) {
  std::error_code error;
  std::filesystem::create_directories(FolderOf(steps_[i]), error);
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot make the folder ", FolderOf(steps_[i]), ": ", error.message()));
  }
  Announce(i);
  ++made_;
  // A process that is killed leaves a step that was stopped.
  record.state = State::kStopped;
  CAE_RETURN_IF_ERROR(SaveStepRecord(RecordPath(steps_[i]), record));
  const bool draws = steps_[i].kind == StepKind::kScore && steps_[i].seed == 1;
  if (draws) {
    // Of another process or recipe: the picture is to be this step's.
    for (const std::string& strip :
         StripsIn(PictureFolder(steps_[i].subject), *steps_[i].setting)) {
      std::filesystem::remove(strip, error);
    }
  }
  std::vector<std::string> words = command.words;
  Append(command.places, words);
  const absl::Time start = Clock::System().Now();
  const ProgramResult result = options_.run(words);
  record.seconds += absl::ToDoubleSeconds(Clock::System().Now() - start);
  record.error.clear();
  record.result = nlohmann::json::parse(result.out, nullptr, /*allow_exceptions=*/false);
  if (record.result.is_discarded()) record.result = nullptr;
  // What fails when a signal has come, as a program that draws and gets it too, is to be done
  // again.
  if (result.exit_code != 0 && result.stopped) {
    CAE_RETURN_IF_ERROR(SaveStepRecord(RecordPath(steps_[i]), record));
    return absl::CancelledError(result.reason);
  }
  record.state = result.exit_code == 0 ? State::kDone : State::kFailed;
  if (result.exit_code != 0) record.error = result.reason;
  if (result.exit_code == 0 && !command.output.empty()) {
    CAE_ASSIGN_OR_RETURN(record.output_digest, DigestOf(command.output));
  } else if (result.exit_code == 0 && draws) {
    record.output_digest = DigestOf(Picture(steps_[i].subject, *steps_[i].setting)).value_or("");
  }
  CAE_RETURN_IF_ERROR(SaveStepRecord(RecordPath(steps_[i]), record));
  if (result.stopped)
    return absl::CancelledError("stopped by a signal, behind a step that is done");
  return absl::OkStatus();
}

absl::Status StudyRunner::RunStep(std::size_t i, bool only_load) {
  const StudyStep& step = steps_[i];
  if (Adopted(step.subject)) return absl::OkStatus();
  StepRecord& record = records_[i];
  record = {};
  const std::string obstacle = Obstacle(step);
  if (!obstacle.empty()) {
    if (!only_load) record.state = State::kFailed;
    record.error = obstacle;
    return absl::OkStatus();
  }
  const StepCommand command = CommandOf(step);
  const std::string key = KeyOf(step, command);
  StepRecord earlier = LoadStepRecord(RecordPath(step));
  const bool same = earlier.key == key;
  // A model that is gone, or another one, is made again.
  const bool whole =
      command.output.empty() || DigestOf(command.output).value_or("") == earlier.output_digest;
  if (same && whole && earlier.state == State::kDone) {
    record = std::move(earlier);
    return absl::OkStatus();
  }
  if (only_load) {
    if (same && earlier.state == State::kFailed) record = std::move(earlier);
    return absl::OkStatus();
  }
  record.key = key;
  record.processor = options_.processor;
  if (same && earlier.state == State::kStopped) record.seconds = earlier.seconds;
  if (!same || earlier.state == State::kFailed || earlier.processor != options_.processor) {
    // What another recipe, other data or another processor left there would only be refused, and
    // what ended in a failure might do so again.
    std::error_code error;
    for (const char* const ending : {".checkpoint", ".jsonl"}) {
      std::filesystem::remove(absl::StrCat(FolderOf(step), "/", NameOf(step.kind), ending), error);
    }
  }
  return Make(i, command, record);
}

void StudyRunner::Announce(std::size_t i) {
  const StudyStep& step = steps_[i];
  const std::optional<double> setting = SettingOf(step), left = SecondsLeft(i);
  options_.say(absl::StrFormat(
      "step %d of %d: %s, seed %d: %s%s; %s so far%s", i + 1, steps_.size(),
      files_.study.subjects(step.subject).name(), step.seed, NameOf(step.kind),
      setting.has_value() ? absl::StrFormat(" at %g", *setting) : "",
      ShownDuration(absl::ToDoubleSeconds(Clock::System().Now() - start_)),
      left.has_value() ? absl::StrCat(", about ", ShownDuration(*left), " left") : ""));
}

bool StudyRunner::IsChosen(int subject) const {
  return options_.only.empty() || options_.only.count(files_.study.subjects(subject).name()) > 0;
}

bool StudyRunner::WorksOn(int subject) const {
  return options_.make && !Adopted(subject) && IsChosen(subject);
}

// By the mean time of like steps of the subject, else of like steps, else of all steps.
std::optional<double> StudyRunner::SecondsLeft(std::size_t from) const {
  const auto alike = [](const StudyStep& a, const StudyStep& b) {
    return a.kind == b.kind || (Measures(a.kind) && Measures(b.kind));
  };
  double all = 0;
  for (std::size_t i = from; i < steps_.size(); ++i) {
    if (was_done_[i] || !WorksOn(steps_[i].subject)) continue;
    struct Mean {
      double seconds = 0, steps = 0;
    } means[3];
    for (std::size_t j = 0; j < steps_.size(); ++j) {
      if (records_[j].state != State::kDone) continue;
      const bool like = alike(steps_[i], steps_[j]);
      const int best = like && steps_[j].subject == steps_[i].subject ? 0 : like ? 1 : 2;
      for (int m = best; m < 3; ++m) {
        means[m].seconds += records_[j].seconds;
        means[m].steps += 1;
      }
    }
    const auto* const mean = std::find_if(std::begin(means), std::end(means),
                                          [](const Mean& one) { return one.steps > 0; });
    if (mean == std::end(means)) return std::nullopt;
    all += mean->seconds / mean->steps;
  }
  return all;
}

absl::Status StudyRunner::Run() {
  start_ = Clock::System().Now();
  // Times for the estimate, and which steps are probably done; each is checked when it comes.
  was_done_.assign(steps_.size(), false);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!Adopted(steps_[i].subject)) records_[i] = LoadStepRecord(RecordPath(steps_[i]));
    was_done_[i] = records_[i].state == State::kDone;
    // A model that will be made anew takes along what was measured on it.
    const StudyStep train = {steps_[i].subject, ModelSeedOf(steps_[i]), StepKind::kTrain, {}};
    const StepRecord* const made = Find(train.subject, train.seed, train.kind);
    if (!Adopted(train.subject) && made->key != KeyOf(train, CommandOf(train)))
      was_done_[i] = false;
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    CAE_RETURN_IF_ERROR(RunStep(i, !WorksOn(steps_[i].subject)));
  }
  return absl::OkStatus();
}

}  // namespace cae
