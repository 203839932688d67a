#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/trainer/commands/program_test.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class EvaluateCommandTest : public testing::ProgramTest {
 protected:
  void Train() {
    ASSERT_EQ(RunOnData("train"), 0) << err_.str();
    ASSERT_EQ(RunOnData("finetune", {"--model", model()}), 0) << err_.str();
  }
  nlohmann::json Evaluate(std::vector<std::string> more) {
    more.insert(more.begin(), {"evaluate", model(), "--data", folder_, "--json"});
    EXPECT_EQ(Run(more), 0) << err_.str();
    return nlohmann::json::parse(out_.str());
  }
};

TEST_F(EvaluateCommandTest, MeasuresTheRowsThatWereKeptApart) {
  Train();
  const nlohmann::json test = Evaluate({"--spectrum-rows", "3", "--rank", "5"});
  EXPECT_EQ(test["on"], "test");
  EXPECT_EQ(test["reconstruction"]["rows"], 50);
  EXPECT_GT(test["reconstruction"]["mean"], 0);
  EXPECT_GT(test["reconstruction"]["standard_error"], 0);
  EXPECT_EQ(test["error"]["mean"], 0);
  EXPECT_EQ(test["codes"].size(), 2u);
  EXPECT_EQ(test["spectrum"]["rows"], 3);
  ASSERT_EQ(test["spectrum"]["singular_values"].size(), 5u);
  EXPECT_LE(test["spectrum"]["singular_values"][0]["q10"],
            test["spectrum"]["singular_values"][0]["q90"]);
  // Those that the recipe in the card says.
  EXPECT_EQ(Evaluate({"--on", "validation", "--spectrum-rows", "0"})["reconstruction"]["rows"], 60);
  EXPECT_EQ(Evaluate({"--rows", "7", "--threads", "1"})["reconstruction"]["rows"], 7);
}

TEST_F(EvaluateCommandTest, TheNumbersAreTheSameForAnyNumberOfThreads) {
  Train();
  const nlohmann::json one = Evaluate({"--threads", "1"});
  EXPECT_EQ(Evaluate({"--threads", "3"}), one);
}

TEST_F(EvaluateCommandTest, PrintsATableForPeopleAndWritesAPicture) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string picture = folder_ + "/rows.png";
  ASSERT_EQ(Run({"evaluate", model(), "--data", folder_, "--output", picture}), 0) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("reconstruction loss"), HasSubstr("singular values of J"),
                                HasSubstr("layer 2"), Not(HasSubstr("classification"))));
  EXPECT_THAT(testing::Contents(picture), StartsWith("\x89PNG"));
}

TEST_F(EvaluateCommandTest, JudgesSamplesTooWhereThatIsWanted) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string samples = folder_ + "/samples";
  const std::string judge = folder_ + "/judge.textproto";
  testing::WriteBytes(judge, R"(name: "judge" validation_rows: 60 batch_size: 24
      layers { units: 20 activation: ACTIVATION_RELU contraction: 0 epochs: 1 }
      finetune { epochs: 5 learning_rate: 0.01 batch_size: 24 })");
  const nlohmann::json all =
      Evaluate({"--samples", samples, "--judge-recipe", judge, "--quick", "--spectrum-rows", "0"});
  EXPECT_EQ(all["on"], "test");
  EXPECT_EQ(all["samples"]["samplers"][0]["name"], "model composed");
  EXPECT_THAT(testing::Contents(samples + "/quality-mixing.png"), StartsWith("\x89PNG"));
  EXPECT_EQ(Run({"evaluate", model(), "--data", folder_, "--quick"}), 2);
}

TEST_F(EvaluateCommandTest, SaysWhatIsWrong) {
  ASSERT_EQ(RunOnData("train"), 0);
  EXPECT_EQ(Run({"evaluate", folder_ + "/none", "--data", folder_}), 1);
  EXPECT_EQ(Run({"evaluate", model(), "--data", folder_ + "/none"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("cae-train fetch"));
  EXPECT_EQ(Run({"evaluate", model(), "--on", "training"}), 2);
  EXPECT_EQ(Run({"evaluate", model(), "--rows", "0"}), 2);
}

}  // namespace
}  // namespace cae
