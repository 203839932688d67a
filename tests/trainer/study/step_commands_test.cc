#include "trainer/study/step_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tests/testing/status_matchers.h"
#include "trainer/study/study.h"
#include "trainer/study/study_step.h"

namespace cae {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::IsOk;
using ::testing::Not;

class StepCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<StudyFiles> files = LoadStudy("trainer/recipes/study.textproto", false);
    ASSERT_THAT(files.status(), IsOk());
    files_ = *std::move(files);
  }

  StepCommands Commands() const { return {files_, digests_, options_}; }

  int SubjectOf(const std::string& name) const {
    for (int i = 0; i < files_.study.subjects_size(); ++i) {
      if (files_.study.subjects(i).name() == name) return i;
    }
    ADD_FAILURE() << "no subject " << name;
    return 0;
  }

  StudyFiles files_;
  std::map<std::string, std::string> digests_ = {{"mnist", "digest"}};
  StepCommandOptions options_ = {"folder", "", 5, 1, false};
};

TEST_F(StepCommandsTest, TheKeyIsOfWhatDecidesTheOutcomeAndOfNothingElse) {
  const StudyStep step = {SubjectOf("MTC"), 1, StepKind::kFinetune, std::nullopt};
  const std::string key = Commands().KeyOf(step, "input");

  files_.recipes[step.subject].set_name("another");
  options_.folder = "elsewhere";
  options_.threads = 2;
  EXPECT_EQ(Commands().KeyOf(step, "input"), key);

  EXPECT_NE(Commands().KeyOf(step, "another"), key);
  EXPECT_NE(Commands().KeyOf({step.subject, 2, step.kind, std::nullopt}, "input"), key);
  digests_["mnist"] = "another";
  EXPECT_NE(Commands().KeyOf(step, "input"), key);
  digests_["mnist"] = "digest";
  options_.quick = true;
  EXPECT_NE(Commands().KeyOf(step, "input"), key);
  options_.quick = false;
  files_.recipes[step.subject].mutable_finetune()->set_learning_rate(0.5);
  EXPECT_NE(Commands().KeyOf(step, "input"), key);
}

TEST_F(StepCommandsTest, TheJudgeIsPartOfTheKeyOfScoresAlone) {
  const int subject = SubjectOf("CAE-2+H");
  const StudyStep train = {subject, 1, StepKind::kTrain, std::nullopt},
                  score = {subject, 1, StepKind::kScore, 3.0};
  const std::string of_train = Commands().KeyOf(train, ""), of_score = Commands().KeyOf(score, "");
  files_.judge = "trainer/recipes/judge-quick.textproto";
  EXPECT_EQ(Commands().KeyOf(train, ""), of_train);
  EXPECT_NE(Commands().KeyOf(score, ""), of_score);
}

TEST_F(StepCommandsTest, SeedsBeyondTheModelsWorkOnThoseThatThereAre) {
  const int shared = SubjectOf("CAE-2"), each = SubjectOf("CAE-2+H");
  EXPECT_EQ(Commands().TrainingOf({shared, 4, StepKind::kScore, 2.0}).seed, 1U);
  EXPECT_EQ(Commands().TrainingOf({each, 4, StepKind::kScore, 2.0}).seed, 4U);
  EXPECT_EQ(Commands().MakerOf({each, 4, StepKind::kScore, 2.0}).kind, StepKind::kTrain);
  EXPECT_EQ(Commands().MakerOf({each, 4, StepKind::kEvaluate, std::nullopt}).kind,
            StepKind::kFinetune);
  EXPECT_THAT(Commands().CommandOf({shared, 4, StepKind::kScore, 2.0}).places,
              Contains("folder/cae-2/seed-1/cae-2.safetensors"));
}

TEST_F(StepCommandsTest, SettingsAreNoiseOrTransitionsOnTheRowsOfTheStep) {
  EXPECT_THAT(Commands().CommandOf({SubjectOf("RBM"), 2, StepKind::kChoose, 10.0}).words,
              ElementsAre("evaluate-samples", "--json", "--transitions", "10", "--on", "validation",
                          "--seed", "2"));
  EXPECT_THAT(
      Commands().CommandOf({SubjectOf("CAE-1"), 2, StepKind::kScore, 2.5}).words,
      ElementsAre("evaluate-samples", "--json", "--noise", "2.5", "--on", "test", "--seed", "2"));
}

TEST_F(StepCommandsTest, PicturesAreThoseOfTheFirstSeed) {
  const int subject = SubjectOf("RBM");
  EXPECT_THAT(Commands().CommandOf({subject, 1, StepKind::kScore, 1.0}).places,
              Contains("folder/rbm/seed-1/pictures"));
  EXPECT_THAT(Commands().CommandOf({subject, 2, StepKind::kScore, 1.0}).places,
              Not(Contains("--output")));
}

}  // namespace
}  // namespace cae
