// Recipes with everything that may be added to plain greedy training, through the whole program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "core/io/model_file.h"
#include "core/model/autoencoder.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/commands/program_test.h"
#include "trainer/data/data_set.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;

constexpr char kLayers[] = R"("layers": [
    {"units": 20, "contraction": 0.1, "epochs": 3, "learning_rate": 0.01,
     "stability": {"weight": 0.1, "noise_stddev": 0.1}, "corruption": {"masking": 0.1}},
    {"units": 12, "contraction": 0.01, "epochs": 2, "learning_rate": 0.01,
     "invariance": {"weight": 0.5, "noise_stddev": 1}}])";
constexpr char kJoint[] = R"(, "joint": {"epochs": 3, "learning_rate": 0.005,
    "walkback": {"noise_stddev": 0.9}})";

class CriteriaTest : public testing::ProgramTest {
 protected:
  void WriteRecipe(const std::string& fields) {
    testing::WriteBytes(recipe(), R"({"name": "criteria", "validation_rows": 60, "batch_size": 24,
        "seed": 5, )" + fields + "}");
  }
  ModelParameters Load(const std::string& path) {
    absl::StatusOr<ModelFile> file = LoadModelFile(path);
    EXPECT_THAT(file, IsOk());
    return file.ok() ? file->parameters : ModelParameters();
  }
};

TEST_F(CriteriaTest, EveryTermIsReportedAndTheModelServes) {
  WriteRecipe(std::string(kLayers) + kJoint);
  const std::string log = folder_ + "/log";
  ASSERT_EQ(RunOnData("train", {"--log", log}), 0) << err_.str();
  std::istringstream lines(testing::Contents(log));
  std::set<std::string> metrics;
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json epoch = nlohmann::json::parse(line);
    for (const auto& [name, value] : epoch["validation"].items()) {
      metrics.insert(epoch["stage"].get<std::string>() + " " + name);
      EXPECT_GT(value.get<double>(), 0) << name;
    }
  }
  EXPECT_THAT(metrics,
              ::testing::IsSupersetOf({"layer 1 stability", "layer 2 invariance",
                                       "joint reconstruction", "joint penalty", "joint loss"}));
  ASSERT_EQ(Run({"inspect", model()}), 0) << err_.str();
}

TEST_F(CriteriaTest, JointTrainingFromAFileGoesTheWayOfARunFromTheBeginning) {
  WriteRecipe(std::string(kLayers) + kJoint);
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  const ModelParameters whole = Load(model());
  WriteRecipe(kLayers);
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  const ModelParameters greedy = Load(model());
  const std::string start = folder_ + "/greedy.safetensors";
  testing::WriteBytes(start, testing::Contents(model()));
  EXPECT_EQ(RunOnData("train", {"--model", start}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("/joint: is missing"));
  WriteRecipe(std::string(kLayers) + kJoint);
  ASSERT_EQ(RunOnData("train", {"--model", start}), 0) << err_.str();
  const ModelParameters joint = Load(model());
  for (int l = 0; l < 2; ++l) {
    EXPECT_THAT(joint.layers[l].encoder.weight, HasBitsOf(whole.layers[l].encoder.weight));
    EXPECT_THAT(joint.layers[l].decoder_bias, HasBitsOf(whole.layers[l].decoder_bias));
    EXPECT_NE(joint.layers[l].encoder.weight, greedy.layers[l].encoder.weight);
  }
}

TEST_F(CriteriaTest, AStartThatDoesNotFitIsRefused) {
  WriteRecipe(kLayers);
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  const std::string start = folder_ + "/start.safetensors";
  testing::WriteBytes(start, testing::Contents(model()));
  WriteRecipe(R"("layers": [{"units": 20}], "joint": {})");
  EXPECT_EQ(RunOnData("train", {"--model", start}), 2);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("is for layers of 20 units"), HasSubstr("has 20-12")));
  const std::string identity = R"("layers": [
      {"units": 20, "decoder_activation": "identity", "epochs": 1}, {"units": 12, "epochs": 1}])";
  WriteRecipe(identity);
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  testing::WriteBytes(start, testing::Contents(model()));
  WriteRecipe(R"("standardise": {}, "joint": {}, )" + identity);
  EXPECT_EQ(RunOnData("train", {"--model", start}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("/standardise: is there, but the model takes inputs as"));
}

TEST_F(CriteriaTest, AStartThatHasSeenTheValidationRowsIsRefused) {
  testing::WriteBytes(recipe(), R"({"name": "all", "validation_rows": 20, "layers": [
      {"units": 20, "epochs": 1}]})");
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  const std::string start = folder_ + "/start.safetensors";
  testing::WriteBytes(start, testing::Contents(model()));
  WriteRecipe(R"("layers": [{"units": 20}], "joint": {"epochs": 1})");
  EXPECT_EQ(RunOnData("train", {"--model", start}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("/validation_rows: is 60, but the model has kept only 20"));
}

TEST_F(CriteriaTest, ARankBeyondTheInputsIsRefusedBeforeTraining) {
  WriteRecipe(R"("layers": [{"units": 50}], "card": {"default_rank": 31})");
  EXPECT_EQ(RunOnData("train"), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("/card/default_rank: is 31"), HasSubstr("30 inputs"),
                                ::testing::Not(HasSubstr("epoch"))));
}

TEST_F(CriteriaTest, AStandardisedModelTakesRawInputsAndClassifies) {
  WriteRecipe(R"("standardise": {"minimum_stddev": 0.05}, "layers": [
      {"units": 20, "decoder_activation": "identity", "contraction": 0.01, "epochs": 30,
       "learning_rate": 0.01}],
      "joint": {"epochs": 2}, "finetune": {"epochs": 60, "learning_rate": 0.02})");
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  ASSERT_EQ(RunOnData("finetune", {"--model", model()}), 0) << err_.str();
  const ModelParameters parameters = Load(model());
  const absl::StatusOr<DataSet> data = LoadDataSet("mnist", folder_);
  ASSERT_THAT(data, IsOk());
  const Matrix& training = data->training.rows;
  ASSERT_EQ(parameters.input_offset.size(), training.cols());
  const Vector mean = training.topRows(240).colwise().mean().transpose();
  EXPECT_TRUE(parameters.input_offset.isApprox(mean, 1e-4f));
  const Matrix centred = training.topRows(240).rowwise() - mean.transpose();
  for (Index i = 0; i < training.cols(); ++i) {
    const float stddev = std::sqrt(centred.col(i).squaredNorm() / 240);
    EXPECT_NEAR(parameters.input_scale[i], 1 / std::max(stddev, 0.05f),
                1e-3 * parameters.input_scale[i]);
  }
  const auto autoencoder = Autoencoder::Create(parameters);
  ASSERT_THAT(autoencoder, IsOk());
  const Matrix& rows = data->test.rows;
  Matrix outputs(rows.rows(), rows.cols()), logits(rows.rows(), 10);
  Vector losses(rows.rows());
  Workspace workspace;
  (*autoencoder)->Reconstruct(rows, outputs, losses, workspace);
  const Matrix only_mean = rows.colwise().mean().replicate(rows.rows(), 1);
  EXPECT_LT((outputs - rows).squaredNorm(), 0.5 * (only_mean - rows).squaredNorm());
  (*autoencoder)->Logits(rows, logits, workspace);
  Index wrong = 0;
  for (Index i = 0; i < rows.rows(); ++i) {
    Index best = 0;
    logits.row(i).maxCoeff(&best);
    wrong += best != data->test.labels[i] ? 1 : 0;
  }
  EXPECT_LT(wrong, rows.rows() / 5);
}

// The manifold tangent classifier turns its outputs away from the tangents.
TEST_F(CriteriaTest, TheTangentPenaltyLowersWhatTangentsDoToTheClass) {
  const auto tangents_after = [&](const std::string& penalty) {
    WriteRecipe(std::string(kLayers) +
                R"(, "finetune": {"epochs": 40, "learning_rate": 0.02, "batch_size": 24,
                    "tangents": )" +
                penalty + "}");
    EXPECT_EQ(RunOnData("train"), 0) << err_.str();
    const std::string log = folder_ + "/log" + std::to_string(penalty.size());
    EXPECT_EQ(RunOnData("finetune", {"--model", model(), "--log", log}), 0) << err_.str();
    std::istringstream lines(testing::Contents(log));
    std::string line, last;
    while (std::getline(lines, line)) last = line;
    return nlohmann::json::parse(last)["training"]["tangents"].get<double>();
  };
  const double hardly = tangents_after(R"({"weight": 1e-6, "rank": 4})");
  const double all = tangents_after(R"({"weight": 3, "rank": 4})");
  const double combined = tangents_after(R"({"weight": 3, "rank": 4, "combinations": 1})");
  EXPECT_LT(all, 0.5 * hardly);
  EXPECT_LT(combined, 0.5 * hardly);
}

TEST_F(CriteriaTest, MoreTangentsThanInputsAreRefused) {
  WriteRecipe(R"("layers": [{"units": 40, "epochs": 1}],
      "finetune": {"tangents": {"weight": 1, "rank": 31}})");
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  EXPECT_EQ(RunOnData("finetune", {"--model", model()}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("/finetune/tangents/rank: is 31, but rows of mnist have 30"));
}

TEST_F(CriteriaTest, JointTrainingThatDivergesNamesTheStepAndKeepsTheLastGoodState) {
  WriteRecipe(R"("sgd": {}, "layers": [{"units": 20, "activation": "identity",
      "decoder_activation": "identity", "epochs": 2, "learning_rate": 1e-4}],
      "joint": {"epochs": 5, "learning_rate": 10, "walkback": {"noise_stddev": 1}})");
  const std::string checkpoint = folder_ + "/checkpoint";
  EXPECT_EQ(RunOnData("train", {"--checkpoint", checkpoint}), 1);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("joint, epoch 1, step "),
                    HasSubstr("a smaller /joint/learning_rate or /joint/contraction_factor"),
                    HasSubstr("the last good state is in " + checkpoint)));
  EXPECT_GT(testing::Contents(checkpoint).size(), 1000u);
  EXPECT_EQ(testing::Contents(model()), "");
}

TEST_F(CriteriaTest, AStageThatDivergesNamesItsOwnFields) {
  WriteRecipe(R"("sgd": {}, "layers": [{"units": 20, "epochs": 1}, {"units": 9, "learning_rate": 10,
      "activation": "identity", "decoder_activation": "identity"}])");
  EXPECT_EQ(RunOnData("train"), 1);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("layer 2, epoch 1"),
                    HasSubstr("a smaller /layers/1/learning_rate or /layers/1/contraction (")));
}

}  // namespace
}  // namespace cae
