#include "trainer/study/step_commands.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/check.h"
#include "core/io/file.h"
#include "core/io/sha256.h"
#include "trainer/evaluation/judge_training.h"

namespace cae {
namespace {

// Changes whenever the same commands would give other numbers.
constexpr int kVersion = 3;
constexpr std::int64_t kMaxJudgeBytes = std::int64_t{1} << 20;

void Append(const std::vector<std::string>& more, std::vector<std::string>& words) {
  words.insert(words.end(), more.begin(), more.end());
}

}  // namespace

StepCommands::StepCommands(StudyFiles files, std::map<std::string, std::string> digests,
                           StepCommandOptions options)
    : files_(std::move(files)), digests_(std::move(digests)), options_(std::move(options)) {
  const absl::StatusOr<std::string> judge = files_.judge.empty()
                                                ? std::string(JudgeRecipeText())
                                                : ReadFile(files_.judge, kMaxJudgeBytes);
  judge_text_ = judge.value_or("");
}

std::string StepCommands::FolderOf(const StudyStep& step) const {
  return (std::filesystem::path(options_.folder) /
          SlugOf(files_.study.subjects(step.subject).name()) / absl::StrCat("seed-", step.seed))
      .string();
}

std::string StepCommands::RecordPath(const StudyStep& step) const {
  return absl::StrCat(FolderOf(step), "/", NameOf(step.kind),
                      step.setting.has_value() ? absl::StrCat("-", *step.setting) : "", ".json");
}

std::string StepCommands::CheckpointOf(const StudyStep& step) const {
  return absl::StrCat(FolderOf(step), "/", NameOf(step.kind), ".checkpoint");
}

std::string StepCommands::LogOf(const StudyStep& step) const {
  return absl::StrCat(FolderOf(step), "/", NameOf(step.kind), ".jsonl");
}

std::string StepCommands::PictureFolder(int subject) const {
  return FolderOf({subject, 1, StepKind::kScore, std::nullopt}) + "/pictures";
}

StudyStep StepCommands::TrainingOf(const StudyStep& step) const {
  const int models = ModelsOf(files_.study.subjects(step.subject), options_.seeds);
  const std::uint64_t seed = (step.seed - 1) % static_cast<std::uint64_t>(models) + 1;
  return {step.subject, seed, StepKind::kTrain, std::nullopt};
}

StudyStep StepCommands::MakerOf(const StudyStep& step) const {
  StudyStep maker = TrainingOf(step);
  if (step.kind == StepKind::kEvaluate) maker.kind = StepKind::kFinetune;
  return maker;
}

std::string StepCommands::ModelOf(const StudyStep& step) const {
  return absl::StrCat(FolderOf(TrainingOf(step)), "/",
                      SlugOf(files_.study.subjects(step.subject).name()), ".safetensors");
}

std::string StepCommands::ClassifierOf(const StudyStep& step) const {
  return absl::StrCat(FolderOf(step), "/classifier.safetensors");
}

StepCommand StepCommands::CommandOf(const StudyStep& step) const {
  const study::v1::Subject& subject = files_.study.subjects(step.subject);
  const std::string recipe = (std::filesystem::path(files_.folder) / subject.recipe()).string();
  StepCommand command;
  command.places = {"--threads", absl::StrCat(options_.threads)};
  if (!options_.data_folder.empty()) Append({"--data", options_.data_folder}, command.places);
  if (options_.quick && step.kind != StepKind::kEvaluate) command.words = {"--quick"};
  const auto make = [&](const std::string& output) {
    command.output = output;
    Append({"--seed", absl::StrCat(step.seed)}, command.words);
    Append({recipe, "--output", output, "--checkpoint", CheckpointOf(step), "--resume", "--log",
            LogOf(step)},
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
      CAE_CHECK(step.setting.has_value(), "a step that measures samples has its setting");
      const bool baseline = subject.group() == study::v1::GROUP_BASELINE;
      Append({baseline ? "--transitions" : "--noise", absl::StrCat(*step.setting), "--on",
              step.kind == StepKind::kChoose ? "validation" : "test", "--seed",
              absl::StrCat(step.seed)},
             command.words);
      if (!files_.judge.empty()) Append({"--judge-recipe", files_.judge}, command.places);
      if (step.kind == StepKind::kScore && step.seed == 1) {
        Append({"--output", PictureFolder(step.subject)}, command.places);
      }
    }
  }
  command.words.insert(command.words.begin(),
                       MeasuresSamples(step.kind) ? "evaluate-samples" : NameOf(step.kind));
  return command;
}

std::string StepCommands::KeyOf(const StudyStep& step, absl::string_view input_digest) const {
  // By any name and with any comments it is the same recipe.
  Recipe recipe = files_.recipes[static_cast<std::size_t>(step.subject)];
  recipe.clear_name();
  const auto data = digests_.find(recipe.data());
  const bool judged = MeasuresSamples(step.kind);
  return Sha256Hex(absl::StrCat(
      kVersion, "\n", absl::StrJoin(CommandOf(step).words, "\n"), "\n", SerializeRecipe(recipe),
      "\n", data == digests_.end() ? "" : data->second, "\n", judged ? JudgeVersion() : 0, "\n",
      judged ? judge_text_ : "", "\n", input_digest, "\n"));
}

}  // namespace cae
