#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/io/model_file.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/commands/program_test.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::Contents;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::WriteBytes;

class BaselineCommandTest : public testing::ProgramTest {
 protected:
  // Trains machines of so many units and leaves them in model().
  void Train(const std::string& rbms) {
    WriteBytes(recipe(), "name: 'b' validation_rows: 60 batch_size: 24 sgd {} " + rbms);
    ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  }
  int RunOnModel(const std::string& command, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {command, model(), "--data", folder_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  std::string picture() const { return folder_ + "/chains.png"; }
};

TEST_F(BaselineCommandTest, ShowsTheFileItsLikelihoodAndItsChains) {
  Train("rbms { units: 8 epochs: 200 learning_rate: 0.02 }");
  ASSERT_EQ(RunOnModel("baseline",
                       {"--likelihood", "--temperatures", "300", "--json", "--output", picture()}),
            0)
      << err_.str();
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["kind"], "rbm");
  EXPECT_EQ(json["units"], (std::vector<int>{30, 8}));
  EXPECT_THAT(json["training"]["recipe"].get<std::string>(), HasSubstr("\"rbms\""));
  // Coins give 30 log 2 = 20.8 nats; the images are bars in one of six places.
  EXPECT_GT(json["test_log_likelihood"]["mean"], -15);
  EXPECT_LT(json["test_log_likelihood"]["mean"], 0);
  EXPECT_THAT(Contents(picture()), StartsWith("\x89PNG"));
  ASSERT_EQ(RunOnModel("baseline"), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("rbm of 30-8 units"), HasSubstr("rbm_1.epochs")));
}

TEST_F(BaselineCommandTest, RefusesWhatItCannotMeasure) {
  Train("rbms { units: 8 epochs: 1 } rbms { units: 5 epochs: 1 }");
  EXPECT_EQ(RunOnModel("baseline", {"--likelihood"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("one RBM"));
  EXPECT_EQ(RunOnModel("baseline", {"--every", "3"}), 2) << "of a picture that nobody wants";
  WriteBytes(recipe(), testing::kSmallRecipe);
  ASSERT_EQ(RunOnData("train"), 0);
  EXPECT_EQ(RunOnModel("baseline"), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr(model()), HasSubstr("no baseline")));
}

TEST_F(BaselineCommandTest, LinearJudgesModelsBaselinesAndRawRows) {
  const auto features = [&] { return nlohmann::json::parse(out_.str())["features"].get<int>(); };
  WriteBytes(recipe(), testing::kSmallRecipe);
  ASSERT_EQ(RunOnData("train"), 0);
  ASSERT_EQ(RunOnModel("linear", {"--json"}), 0) << err_.str();
  EXPECT_EQ(features(), 30 + 20 + 12);
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["test_error"]["rows"], 50);
  EXPECT_EQ(json["validation_error"]["rows"], 60);
  // Bars in six places, bright or dim: told apart with ease.
  EXPECT_LT(json["test_error"]["mean"], 0.1);
  Train("rbms { units: 8 epochs: 1 } rbms { units: 5 epochs: 1 }");
  ASSERT_EQ(RunOnModel("linear", {"--json"}), 0) << err_.str();
  EXPECT_EQ(features(), 30 + 8 + 5);
  // Without a model there is no recipe: a sixth of the rows is kept apart.
  ASSERT_EQ(Run({"linear", "--data", folder_, "--json"}), 0) << err_.str();
  EXPECT_EQ(features(), 30);
  EXPECT_EQ(nlohmann::json::parse(out_.str())["validation_error"]["rows"], 50);
  EXPECT_THAT(err_.str(), ::testing::Not(HasSubstr("warning")));
  // Nor is there one in a model of unknown origin, which may have seen all rows.
  WriteBytes(recipe(), testing::kSmallRecipe);
  ASSERT_EQ(RunOnData("train", {"--quick"}), 0);
  auto file = LoadModelFile(model());
  ASSERT_THAT(file, testing::IsOk());
  file->parameters.card.training.erase("recipe");
  ASSERT_THAT(SaveModelFile(model(), file->parameters, StorageType::kFloat16), testing::IsOk());
  EXPECT_NE(RunOnModel("linear"), 0);
  EXPECT_THAT(err_.str(), HasSubstr("does not say which rows it has not been trained on"));
}

}  // namespace
}  // namespace cae
