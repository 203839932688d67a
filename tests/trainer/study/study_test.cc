#include "trainer/study/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/trainer/small_data_set.h"
#include "trainer/study/results_page.h"
#include "trainer/study/results_tables.h"
#include "trainer/study/setting_choice.h"
#include "trainer/study/study_quantity.h"
#include "trainer/study/study_results.h"
#include "trainer/study/study_step.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr char kStudy[] = R"(
  name: "small" seeds: 2
  subjects { name: "A 1" recipe: "a" group: GROUP_PAPER settings: [1, 2.5] classifier: true }
  subjects { name: "B" recipe: "b" group: GROUP_BASELINE settings: 1 linear: true }
  goals {
    name: "samples" paper: "67" subjects: ["A 1"]
    reach { quantity: QUANTITY_PARZEN_STRICT at_least: 100 } reach { quantity: QUANTITY_UNRECOGNISED at_most: 10 }
    beyond { quantity: QUANTITY_PARZEN_STRICT at_least: 120 }
  }
  goals { name: "mixing" subjects: "A 1" reach { quantity: QUANTITY_DWELL as_good_as: "B" factor: 2 } }
)";

Study SmallStudy() { return ParseStudy(kStudy).value(); }

TEST(StudyTest, ReportsEveryFaultAtOnce) {
  EXPECT_THAT(ParseStudy(kStudy), IsOk());
  const absl::Status status = ParseStudy(R"(
    name: "faulty"
    subjects { name: "A 1" recipe: "a" group: GROUP_EXTENSION settings: [2, -1] }
    subjects { name: "a-1" recipe: "a" group: GROUP_BASELINE settings: 1.5 }
    subjects { name: "C" recipe: "c" group: GROUP_PAPER }
    subjects { name: "D" recipe: "d" group: GROUP_MINE colour: 3 linear: true }
    goals {
      name: "g" paper: "1" subjects: ["A 1", "Z"]
      reach { quantity: QUANTITY_ERROR at_most: 1 } reach { quantity: QUANTITY_RECALL }
      reach { quantity: QUANTITY_RECALL as_good_as: "Y" }
      reach { quantity: QUANTITY_RECALL as_good_as: "a-1" setting: 7 }
      beyond { quantity: QUANTITY_RECALL at_least: 1 factor: 2 }
    }
  )")
                                  .status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  const std::string message(status.message());
  for (const char* const fault :
       {"/subjects/0/settings: has -1", "/subjects/1/name: makes the files of another",
        "/subjects/1/settings: has 1.5", "/subjects/2: measures nothing", "/subjects/3/group",
        "/subjects/3/colour: is not a field", "/goals/0/subjects: has A 1, an extension",
        "/goals/0/reach/0/quantity: is not measured on A 1", "/goals/0/reach/1: has none of",
        "/goals/0/reach/2/as_good_as: is no subject", "/goals/0/reach/3/setting: is none of",
        "/goals/0/beyond/0/factor: is there without"}) {
    EXPECT_THAT(message, HasSubstr(fault));
  }
}

TEST(StudyTest, ThatOfTheSecondDataSetTakesTheRecipesOfTheFirst) {
  const auto first = LoadStudy("trainer/recipes/study.textproto", false);
  const auto second = LoadStudy("trainer/recipes/study-fashion.textproto", false);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  for (int s = 0; s < second->study.subjects_size(); ++s) {
    Recipe recipe = second->recipes[s];
    EXPECT_EQ(recipe.data(), "fashion");
    for (int t = 0; t < first->study.subjects_size(); ++t) {
      if (first->study.subjects(t).name() != second->study.subjects(s).name()) continue;
      recipe.set_name(first->recipes[t].name());
      recipe.set_data(first->recipes[t].data());
      EXPECT_EQ(SerializeRecipe(recipe), SerializeRecipe(first->recipes[t]));
      recipe.Clear();
    }
    EXPECT_EQ(recipe.name(), "") << "no subject of the first is called so";
  }
}

TEST(StudyTest, ThatOfTheProjectIsReadWithItsRecipesAndRemarks) {
  for (const std::string name : {"study", "study-fashion"}) {
    for (const bool quick : {false, true}) {
      const auto files = LoadStudy("trainer/recipes/" + name + ".textproto", quick);
      ASSERT_THAT(files, IsOk());
      EXPECT_GE(files->study.subjects_size(), 3);
      EXPECT_EQ(files->recipes.size(), static_cast<std::size_t>(files->study.subjects_size()));
      EXPECT_EQ(files->judge.empty(), !quick);
      std::ifstream remarks("trainer/recipes/" + name + "-remarks.md");
      const std::string text{std::istreambuf_iterator<char>(remarks), {}};
      EXPECT_FALSE(text.empty());
      EXPECT_THAT(ParseRemarks(text, files->study), IsOk());
    }
  }
}

TEST(StudyTest, ExtensionsHaveNoPlaceAmongThePapers) {
  const testing::TemporaryFolder folder;
  const auto load = [&](const std::string& group, const std::string& more) {
    testing::WriteBytes(folder.path() + "/a", "name: 'a' layers { units: 3 " + more + " }");
    testing::WriteBytes(
        folder.path() + "/study",
        "name: 's' subjects { name: 'A' recipe: 'a' settings: 1 group: " + group + " }");
    return LoadStudy(folder.path() + "/study", false).status();
  };
  EXPECT_THAT(load("GROUP_PAPER", ""), IsOk());
  EXPECT_THAT(load("GROUP_EXTENSION", "corruption { masking: 0.2 }"), IsOk());
  EXPECT_THAT(load("GROUP_PAPER", "corruption { masking: 0.2 }").message(),
              HasSubstr("which are extensions"));
  EXPECT_THAT(load("GROUP_PAPER", "} joint { walkback { noise_stddev: 1 }").message(),
              HasSubstr("which are extensions"));
}

TEST(StudyTest, WhatIsChosenNeedsRowsKeptApart) {
  const testing::TemporaryFolder folder;
  const auto load = [&](const std::string& measured) {
    testing::WriteBytes(folder.path() + "/a",
                        "name: 'a' validation_rows: 0 layers { units: 3 } finetune {}");
    testing::WriteBytes(
        folder.path() + "/study",
        "name: 's' subjects { name: 'A' recipe: 'a' group: GROUP_PAPER " + measured + " }");
    return LoadStudy(folder.path() + "/study", false).status();
  };
  EXPECT_THAT(load("classifier: true"), IsOk());
  EXPECT_THAT(load("classifier: true linear: true").message(), HasSubstr("no validation rows"));
  EXPECT_THAT(load("settings: 1").message(), HasSubstr("no validation rows"));
}

TEST(StudyTest, EveryQuantityHasTraits) {
  for (int q = study::v1::Quantity_MIN + 1; q <= study::v1::Quantity_MAX; ++q) {
    EXPECT_EQ(TraitsOf(static_cast<study::v1::Quantity>(q)).quantity, q);
  }
}

TEST(SettingChoiceTest, TakesTheLargestLikelihoodAmongCleanSettingsElseTheCleanest) {
  const SettingBounds ten{10, 100};
  EXPECT_EQ(ChooseSetting({{1, 3, 0, 100}, {2, 10, 90, 150}, {3, 10.1, 0, 300}}, ten), 2);
  EXPECT_EQ(ChooseSetting({{1, 30, 0, 100}, {2, 12, 90, 50}, {3, 40, 0, 300}}, ten), 2);
  EXPECT_EQ(ChooseSetting({{2, 1, 0, 100}, {1, 2, 0, 100}}, ten), 1);
  EXPECT_EQ(ChooseSetting({}, ten), std::nullopt);
}

TEST(SettingChoiceTest, RefusedStatesHaveABoundOfTheirOwn) {
  const SettingBounds both{10, 5};
  EXPECT_EQ(ChooseSetting({{1, 3, 5, 100}, {2, 3, 5.1, 150}}, both), 1);
  EXPECT_EQ(ChooseSetting({{1, 11, 9, 100}, {2, 3, 9.5, 150}, {3, 14.6, 5, 200}}, both), 2);
  study::v1::Study study;
  EXPECT_EQ(BoundsOf(study).refused, 100);
  study.set_most_unrecognised(7);
  study.set_most_refused(4);
  EXPECT_EQ(BoundsOf(study).unrecognised, 7);
  EXPECT_EQ(BoundsOf(study).refused, 4);
}

TEST(StudyStepTest, SettingsAreChosenWithTheFirstSeedAlone) {
  std::vector<std::string> names;
  for (const StudyStep& step : PlanSteps(SmallStudy(), 2)) {
    names.push_back(std::to_string(step.subject) + std::to_string(step.seed) + NameOf(step.kind) +
                    (step.setting.has_value() ? std::to_string(*step.setting).substr(0, 3) : ""));
  }
  EXPECT_THAT(names, ElementsAre("01train", "01finetune", "01evaluate", "01choose1.0",
                                 "01choose2.5", "01score1.0", "01score2.5", "11train", "11linear",
                                 "11choose1.0", "11score1.0", "02train", "02finetune", "02evaluate",
                                 "02score", "12train", "12linear", "12score"));
}

TEST(StudyStepTest, SeedsBeyondTheModelsOnlyScoreChains) {
  Study study = SmallStudy();
  study.mutable_subjects(0)->set_models(1);
  study.mutable_subjects(1)->set_models(7);
  EXPECT_EQ(ModelsOf(study.subjects(0), 2), 1);
  EXPECT_EQ(ModelsOf(study.subjects(1), 2), 2);
  std::vector<std::string> names;
  for (const StudyStep& step : PlanSteps(study, 2)) {
    if (step.seed == 2) names.push_back(std::to_string(step.subject) + NameOf(step.kind));
  }
  EXPECT_THAT(names, ElementsAre("0score", "1train", "1linear", "1score"));
}

TEST(StudyStepTest, SettingsThatGoalsNameAreScoredWithEverySeed) {
  Study study = SmallStudy();
  study.mutable_goals(1)->mutable_reach(0)->set_setting(1);
  int scores = 0;
  for (const StudyStep& step : PlanSteps(study, 3)) {
    if (step.subject != 1 || step.kind != StepKind::kScore || step.seed == 1) continue;
    scores += step.setting == 1.0 ? 1 : 0;
  }
  EXPECT_EQ(scores, 2);
  // It is the chosen one, too, and counts once a seed.
  const std::vector<StudyStep> steps = PlanSteps(study, 3);
  std::vector<StepRecord> records(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    records[i].state = StepRecord::State::kDone;
    const nlohmann::json mean = {{"mean", 1.0}};
    nlohmann::json scored;
    scored["strict"] = {{"log_likelihood", mean}, {"unrecognised", mean}, {"refused", mean}};
    records[i].result = {
        {"samplers", nlohmann::json::array({{{"scores", nlohmann::json::array({scored})}}})}};
  }
  const StudyResults results(study, steps, records);
  EXPECT_EQ(results.Values(1, study::v1::QUANTITY_PARZEN_STRICT).size(), 3u);
  EXPECT_EQ(results.Values(1, study::v1::QUANTITY_PARZEN_STRICT, 1).size(), 3u);
}

// Records of steps, made by hand.
class StudyResultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const StudyStep& step = steps_[i];
      const bool samples = step.kind == StepKind::kChoose || step.kind == StepKind::kScore;
      if (!samples) continue;
      // The second setting is better, on validation rows; the baseline stays twice as long.
      const bool second = step.subject == 0 && step.setting.value_or(2.5) == 2.5;
      Set(i, (second ? 110.0 : 90.0) + static_cast<double>(step.seed), 0.08,
          step.subject == 0 ? 10 : 21);
    }
  }
  void Set(std::size_t i, double likelihood, double unrecognised, double dwell) {
    nlohmann::json scores;
    scores["strict"] = {{"log_likelihood", {{"mean", likelihood}, {"standard_error", 1}}},
                        {"unrecognised", {{"mean", unrecognised}, {"standard_error", 0}}},
                        {"refused", {{"mean", unrecognised}, {"standard_error", 0}}}};
    scores["mixing"] = {{"dwell", dwell}};
    records_[i].state = StepRecord::State::kDone;
    records_[i].result = {
        {"samplers", nlohmann::json::array({{{"scores", nlohmann::json::array({scores})}}})}};
  }

  const Study study_ = SmallStudy();
  const std::vector<StudyStep> steps_ = PlanSteps(study_, 2);
  std::vector<StepRecord> records_{steps_.size()};
  const StudyResults results_{study_, steps_, records_};
};

TEST_F(StudyResultsTest, ValuesAreThoseOfAllSeedsAtTheChosenSetting) {
  EXPECT_EQ(results_.Chosen(0), 2.5);
  EXPECT_THAT(results_.Values(0, study::v1::QUANTITY_PARZEN_STRICT), ElementsAre(111, 112));
  EXPECT_THAT(results_.Values(0, study::v1::QUANTITY_PARZEN_STRICT, 1), ElementsAre(91));
  const auto estimate = results_.Over(0, study::v1::QUANTITY_PARZEN_STRICT);
  ASSERT_TRUE(estimate.has_value());
  EXPECT_EQ(estimate->mean, 111.5);
  EXPECT_EQ(estimate->standard_error, 0.5);
  EXPECT_EQ(results_.Over(0, study::v1::QUANTITY_ERROR).has_value(), false);
  EXPECT_EQ(results_.Curves(study::v1::GROUP_PAPER).samplers.size(), 2u);
  EXPECT_EQ(results_.Curves(study::v1::GROUP_PAPER).samplers[0].settings.size(), 2u);
}

TEST_F(StudyResultsTest, JudgesByAllLimits) {
  EXPECT_EQ(results_.Judge(0, study_.goals(0)), Verdict::kReached);
  EXPECT_EQ(results_.Judge(0, study_.goals(1)), Verdict::kReached);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].subject == 0 && steps_[i].kind == StepKind::kScore) Set(i, 130, 0.08, 11);
  }
  EXPECT_EQ(results_.Judge(0, study_.goals(0)), Verdict::kBeyond);
  EXPECT_EQ(results_.Judge(0, study_.goals(1)), Verdict::kMissed);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].subject == 0 && steps_[i].kind == StepKind::kScore) Set(i, 130, 0.12, 11);
  }
  EXPECT_EQ(results_.Judge(0, study_.goals(0)), Verdict::kMissed);
  for (StepRecord& record : records_) record.state = StepRecord::State::kFailed;
  EXPECT_EQ(results_.Judge(0, study_.goals(0)), Verdict::kUnknown);
}

TEST_F(StudyResultsTest, ASettingThatIsNamedAndChosenCountsOnce) {
  Study study = study_;
  study.mutable_goals(1)->set_subjects(0, "B");
  study.mutable_goals(1)->mutable_reach(0)->set_as_good_as("A 1");
  study.mutable_goals(1)->mutable_reach(0)->set_setting(2.5);
  const std::vector<StudyStep> steps = PlanSteps(study, 2);
  std::vector<StepRecord> records(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == StepKind::kChoose) records[i] = records_[i];
  }
  const StudyResults results(study, steps, records);
  ASSERT_EQ(results.Chosen(0), 2.5);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const StudyStep& step = steps[i];
    EXPECT_EQ(results.Repeats(i), step.subject == 0 && step.seed == 2 && step.setting == 2.5);
  }
}

TEST_F(StudyResultsTest, ResultsOfAnyShapeAreNumbersThatAreNotThere) {
  for (StepRecord& record : records_) {
    if (!record.result.is_object()) continue;
    record.result["training_images"] = nullptr;
    nlohmann::json& strict = record.result["samplers"][0]["scores"][0]["strict"];
    strict["log_likelihood"]["standard_error"] = "wide";
    strict["refused"] = 7;
  }
  EXPECT_FALSE(results_.Over(0, study::v1::QUANTITY_REFUSED).has_value());
  EXPECT_EQ(results_.Curves(study::v1::GROUP_PAPER).training_images.frechet_distance, 0);
  EXPECT_THAT(SamplerTable(results_), ::testing::Not(HasSubstr("training images")));
}

TEST_F(StudyResultsTest, OneJudgeFindsOneDistanceForTrainingImages) {
  EXPECT_EQ(results_.Judges(), 0);
  double distance = 4;
  for (StepRecord& record : records_) {
    if (record.result.is_object()) record.result["training_images"]["frechet_distance"] = distance;
  }
  EXPECT_EQ(results_.Judges(), 1);
  records_.back().result["training_images"]["frechet_distance"] = 4.5;
  EXPECT_EQ(results_.Judges(), 2);
}

TEST_F(StudyResultsTest, SeedsOfAGoalAreThoseOfWhatItComparesWithToo) {
  // Of A 1 the setting that was not chosen is scored with the first seed alone.
  Study study = study_;
  study.mutable_goals(1)->set_subjects(0, "B");
  study.mutable_goals(1)->mutable_reach(0)->set_as_good_as("A 1");
  study.mutable_goals(1)->mutable_reach(0)->set_setting(1);
  EXPECT_THAT(GoalTable(StudyResults(study, steps_, records_)), HasSubstr("| 2; A 1 at 1: 1 |"));
  // That of the second seed is missing.
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].subject == 1 && steps_[i].seed == 2)
      records_[i].state = StepRecord::State::kFailed;
  }
  EXPECT_THAT(GoalTable(results_), HasSubstr("| 2; B: 1 |"));
}

TEST(RemarksTest, AreSectionsByNameAndNoOther) {
  const auto remarks =
      ParseRemarks("before\n## A 1\n\none\ntwo\n\n## mixing \nthree", SmallStudy());
  ASSERT_THAT(remarks, IsOk());
  EXPECT_EQ(*remarks, Remarks({{"A 1", "one\ntwo"}, {"mixing", "three"}}));
  EXPECT_THAT(ParseRemarks("## A 1\n## Z\n", SmallStudy()).status().message(),
              AllOf(HasSubstr("Z"), HasSubstr("neither")));
}

}  // namespace
}  // namespace cae
