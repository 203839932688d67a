#include "trainer/study/study_runner.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/sha256.h"
#include "trainer/base/folder_lock.h"
#include "trainer/study/setting_choice.h"

namespace cae {
namespace {

using State = StepRecord::State;

constexpr std::int64_t kMaxFileBytes = std::int64_t{4} << 30;

std::string ShownDuration(double seconds) {
  if (seconds < 100) return absl::StrFormat("%.0f s", seconds);
  if (seconds < 6000) return absl::StrFormat("%.0f min", seconds / 60);
  return absl::StrFormat("%.1f h", seconds / 3600);
}

// The first two settings of each subject, and those that goals name.
StudyFiles Quick(StudyFiles files) {
  for (study::v1::Subject& subject : *files.study.mutable_subjects()) {
    const std::set<double> compared = ComparedSettings(files.study, subject);
    const google::protobuf::RepeatedField<double> all = subject.settings();
    subject.clear_settings();
    for (int i = 0; i < all.size(); ++i) {
      if (i < 2 || compared.count(all[i]) > 0) subject.add_settings(all[i]);
    }
  }
  return files;
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

// Two processes that made one step would write into each other's checkpoint.
absl::StatusOr<FolderLock> EnterFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot make the folder ", folder, ": ", error.message()));
  }
  absl::StatusOr<FolderLock> lock = FolderLock::Take(folder);
  if (!absl::IsAborted(lock.status())) return lock;
  return absl::AbortedError(
      absl::StrCat(lock.status().message(), "; wait for it, or name other subjects with --only"));
}

}  // namespace

StudyRunner::StudyRunner(StudyFiles files, std::map<std::string, std::string> digests,
                         StudyRunnerOptions options)
    : options_(std::move(options)),
      commands_(options_.quick ? Quick(std::move(files)) : std::move(files), std::move(digests),
                options_),
      steps_(PlanSteps(study(), options_.seeds)),
      records_(steps_.size()) {}

std::string StudyRunner::Picture(int subject, double setting) const {
  const std::vector<std::string> strips = StripsIn(commands_.PictureFolder(subject), setting);
  return strips.empty() ? "" : strips.front();
}

StudyStep StudyRunner::Settled(StudyStep step) const {
  if (MeasuresSamples(step.kind) && !step.setting.has_value()) {
    step.setting = ChooseSetting(OutcomesOf(step.subject, steps_, records_), BoundsOf(study()));
  }
  return step;
}

std::string StudyRunner::KeyOf(const StudyStep& settled) const {
  const StepRecord* const maker = MakerOf(settled);
  return commands_.KeyOf(settled, maker == nullptr ? "" : maker->output_digest);
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
  const StudyStep maker = commands_.MakerOf(step);
  return Find(maker.subject, maker.seed, maker.kind);
}

std::string StudyRunner::Obstacle(const StudyStep& settled) const {
  const StepRecord* const maker = MakerOf(settled);
  if (maker != nullptr && maker->state != State::kDone) {
    return absl::StrCat("needs ", NameOf(commands_.MakerOf(settled).kind), ", which failed");
  }
  if (MeasuresSamples(settled.kind) && !settled.setting.has_value()) {
    return "no setting could be chosen: all steps that choose one failed";
  }
  return "";
}

std::vector<std::string> StudyRunner::Adopt(const std::vector<StepRecord>& kept) {
  std::vector<std::string> missing(static_cast<std::size_t>(study().subjects_size()));
  // In order: the key of a step depends on what those before it have made and measured.
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const StudyStep& step = steps_[i];
    std::string& why = missing[static_cast<std::size_t>(step.subject)];
    if (!why.empty()) continue;
    records_[i] = kept[i];
    const bool there = kept[i].state == State::kDone;
    const StudyStep settled = Settled(step);
    if (there && Obstacle(settled).empty() && KeyOf(settled) == kept[i].key) continue;
    why = absl::StrCat(
        study().subjects(step.subject).name(), ", seed ", step.seed, ": ", NameOf(step.kind),
        step.setting.has_value() ? absl::StrCat(" at ", *step.setting) : "",
        there ? " is of another recipe, data, judge, setting or program" : " is not there");
  }
  for (int subject = 0; subject < study().subjects_size(); ++subject) {
    if (missing[static_cast<std::size_t>(subject)].empty()) adopted_.insert(subject);
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!Adopted(steps_[i].subject)) records_[i] = {};
  }
  for (int subject = 0; subject < study().subjects_size(); ++subject) {
    if (!IsChosen(subject)) missing[static_cast<std::size_t>(subject)].clear();
  }
  missing.erase(std::remove(missing.begin(), missing.end(), ""), missing.end());
  return missing;
}

absl::Status StudyRunner::Make(std::size_t i, const StudyStep& settled, StepRecord& record) {
  Announce(i, settled);
  ++made_;
  // A process that is killed leaves a step that was stopped.
  record.state = State::kStopped;
  const std::string path = commands_.RecordPath(settled);
  CAE_RETURN_IF_ERROR(SaveStepRecord(path, record));
  const bool draws = settled.kind == StepKind::kScore && settled.seed == 1;
  if (draws) {
    // Of another process or recipe: the picture is to be this step's.
    const std::string pictures = commands_.PictureFolder(settled.subject);
    std::error_code error;
    for (const std::string& strip : StripsIn(pictures, *settled.setting)) {
      std::filesystem::remove(strip, error);
    }
  }
  StepCommand command = commands_.CommandOf(settled);
  std::vector<std::string> words = std::move(command.words);
  words.insert(words.end(), command.places.begin(), command.places.end());
  const absl::Time start = Clock::System().Now();
  const ProgramResult result = options_.run(words);
  record.seconds += absl::ToDoubleSeconds(Clock::System().Now() - start);
  record.error.clear();
  record.result = nlohmann::json::parse(result.out, nullptr, /*allow_exceptions=*/false);
  if (record.result.is_discarded()) record.result = nullptr;
  // What fails when a signal has come, as a program that draws and gets it too, is to be done
  // again.
  if (result.exit_code != 0 && result.stopped) {
    CAE_RETURN_IF_ERROR(SaveStepRecord(path, record));
    return absl::CancelledError(result.reason);
  }
  record.state = result.exit_code == 0 ? State::kDone : State::kFailed;
  if (result.exit_code != 0) record.error = result.reason;
  if (result.exit_code == 0 && !command.output.empty()) {
    CAE_ASSIGN_OR_RETURN(record.output_digest, DigestOf(command.output));
  } else if (result.exit_code == 0 && draws) {
    record.output_digest = DigestOf(Picture(settled.subject, *settled.setting)).value_or("");
  }
  CAE_RETURN_IF_ERROR(SaveStepRecord(path, record));
  if (result.stopped)
    return absl::CancelledError("stopped by a signal, behind a step that is done");
  return absl::OkStatus();
}

absl::Status StudyRunner::RunStep(std::size_t i, bool only_load) {
  if (Adopted(steps_[i].subject)) return absl::OkStatus();
  StepRecord& record = records_[i];
  record = {};
  const StudyStep step = Settled(steps_[i]);
  const std::string obstacle = Obstacle(step);
  if (!obstacle.empty()) {
    if (!only_load) record.state = State::kFailed;
    record.error = obstacle;
    return absl::OkStatus();
  }
  const std::string key = KeyOf(step), output = commands_.CommandOf(step).output;
  std::optional<FolderLock> lock;  // before looking whether there is anything to make
  if (!only_load) {
    CAE_ASSIGN_OR_RETURN(lock, EnterFolder(commands_.FolderOf(step)));
  }
  StepRecord earlier = LoadStepRecord(commands_.RecordPath(step));
  const bool same = earlier.key == key;
  // A model that is gone, or another one, is made again.
  const bool whole = output.empty() || DigestOf(output).value_or("") == earlier.output_digest;
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
    std::filesystem::remove(commands_.CheckpointOf(step), error);
    std::filesystem::remove(commands_.LogOf(step), error);
  }
  return Make(i, step, record);
}

void StudyRunner::Announce(std::size_t i, const StudyStep& settled) {
  const std::optional<double> left = SecondsLeft(i);
  options_.say(absl::StrFormat(
      "step %d of %d: %s, seed %d: %s%s; %s so far%s", i + 1, steps_.size(),
      study().subjects(settled.subject).name(), settled.seed, NameOf(settled.kind),
      settled.setting.has_value() ? absl::StrFormat(" at %g", *settled.setting) : "",
      ShownDuration(absl::ToDoubleSeconds(Clock::System().Now() - start_)),
      left.has_value() ? absl::StrCat(", about ", ShownDuration(*left), " left") : ""));
}

bool StudyRunner::IsChosen(int subject) const {
  return options_.only.empty() || options_.only.count(study().subjects(subject).name()) > 0;
}

bool StudyRunner::WorksOn(int subject) const {
  return options_.make && !Adopted(subject) && IsChosen(subject);
}

// By the mean time of like steps of the subject, else of like steps, else of all steps.
std::optional<double> StudyRunner::SecondsLeft(std::size_t from) const {
  const auto alike = [](const StudyStep& a, const StudyStep& b) {
    return a.kind == b.kind || (MeasuresSamples(a.kind) && MeasuresSamples(b.kind));
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
    if (!Adopted(steps_[i].subject)) {
      records_[i] = LoadStepRecord(commands_.RecordPath(Settled(steps_[i])));
    }
    was_done_[i] = records_[i].state == State::kDone;
    // A model that will be made anew takes along what was measured on it.
    const StudyStep train = commands_.TrainingOf(steps_[i]);
    const StepRecord* const made = Find(train.subject, train.seed, train.kind);
    if (!Adopted(train.subject) && made->key != KeyOf(train)) was_done_[i] = false;
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    CAE_RETURN_IF_ERROR(RunStep(i, !WorksOn(steps_[i].subject)));
  }
  return absl::OkStatus();
}

}  // namespace cae
