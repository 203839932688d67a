#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/io/model_file.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/commands/program_test.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kSmallJudge[] = R"(
  name: "judge" validation_rows: 60 batch_size: 24 seed: 5
  layers { units: 20 activation: ACTIVATION_RELU contraction: 0 epochs: 1 learning_rate: 0.01 }
  finetune { epochs: 20 learning_rate: 0.01 batch_size: 24 }
)";
constexpr char kSmallBaseline[] = R"(
  name: "small" validation_rows: 60 batch_size: 24 seed: 5 sgd {}
  rbms { units: 8 epochs: 2 } rbms { units: 6 epochs: 2 }
)";

class EvaluateSamplesCommandTest : public testing::ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    testing::WriteBytes(judge(), kSmallJudge);
    ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  }
  std::string judge() const { return folder_ + "/judge.textproto"; }

  // On the small data, quickly.
  int EvaluateSamples(std::vector<std::string> more) {
    more.insert(more.begin(), {"evaluate-samples", model(), "--data", folder_, "--judge-recipe",
                               judge(), "--quick"});
    return Run(more);
  }
};

TEST_F(EvaluateSamplesCommandTest, TheNumbersAreTheSameForAnyNumberOfThreads) {
  ASSERT_EQ(EvaluateSamples({"--noise", "1,2", "--threads", "1", "--json"}), 0) << err_.str();
  EXPECT_THAT(err_.str(), HasSubstr("training the judge"));
  const auto one = nlohmann::json::parse(out_.str());
  ASSERT_EQ(EvaluateSamples({"--noise", "1,2", "--threads", "3", "--json"}), 0) << err_.str();
  EXPECT_THAT(err_.str(), Not(HasSubstr("training the judge")));
  EXPECT_EQ(nlohmann::json::parse(out_.str()), one);
  EXPECT_EQ(one["samplers"][0]["name"], "model composed");
  ASSERT_EQ(one["samplers"][0]["scores"].size(), 2u);
  EXPECT_NE(one["samplers"][0]["scores"][0]["strict"], one["samplers"][0]["scores"][1]["strict"]);
  EXPECT_EQ(one["samplers"][0]["scores"][0]["strict"]["chains"].size(), 5u);
}

TEST_F(EvaluateSamplesCommandTest, ComparesModelsAndBaselinesAndDrawsThem) {
  const std::string baseline = folder_ + "/dbn.safetensors";
  testing::WriteBytes(folder_ + "/dbn.textproto", kSmallBaseline);
  ASSERT_EQ(Run({"train", folder_ + "/dbn.textproto", "--data", folder_, "--output", baseline}), 0)
      << err_.str();
  const std::string output = folder_ + "/scores";
  ASSERT_EQ(
      EvaluateSamples({baseline, "--process", "top-layer", "--rank", "2", "--output", output}), 0)
      << err_.str();
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("model top-layer, noise 2.5"), HasSubstr("dbn Gibbs, transitions 1"),
                    HasSubstr("training images as samples")));
  for (const std::string name :
       {"quality-mixing", "model-top-layer-scores", "model-top-layer-2.5-chains",
        "model-top-layer-2.5-draws", "model-top-layer-2.5-transitions", "dbn-Gibbs-scores",
        "dbn-Gibbs-1-chains"}) {
    EXPECT_THAT(testing::Contents(output + "/" + name + ".png"), StartsWith("\x89PNG")) << name;
  }
  EXPECT_EQ(nlohmann::json::parse(testing::Contents(output + "/scores.json"))["samplers"].size(),
            2u);
}

TEST_F(EvaluateSamplesCommandTest, RunsTheChainOfADenoisingAutoEncoder) {
  ASSERT_EQ(EvaluateSamples({"--process", "denoising", "--noise", "0.3", "--json"}), 0)
      << err_.str();
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["samplers"][0]["name"], "model denoising");
  // The card's noise is that of codes.
  EXPECT_EQ(EvaluateSamples({"--process", "denoising"}), 2);
  EXPECT_EQ(EvaluateSamples({"--process", "denoising", "--noise", "1", "--rank", "2"}), 2);
}

TEST_F(EvaluateSamplesCommandTest, ComparesWithValidationRowsOnlyWhereTheModelHasNotSeenThem) {
  ASSERT_EQ(EvaluateSamples({"--on", "validation", "--json"}), 0) << err_.str();
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["on"], "validation");
  EXPECT_EQ(json["samplers"][0]["scores"][0]["many"]["parzen"]["log_likelihood"]["rows"], 25);
  std::string recipe_text = testing::kSmallRecipe;
  const std::string kept = "\"validation_rows\": 60";
  recipe_text.replace(recipe_text.find(kept), kept.size(), "\"validation_rows\": 20");
  testing::WriteBytes(recipe(), recipe_text);
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  EXPECT_EQ(EvaluateSamples({"--on", "validation"}), 2);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("the last 50"), HasSubstr("keeps only 20")));
  EXPECT_EQ(EvaluateSamples({"--on", "test"}), 0);
  EXPECT_THAT(err_.str(), HasSubstr("has kept 20 of the last 50"));
}

TEST_F(EvaluateSamplesCommandTest, NotesScoresOfDefaultsInTheCard) {
  const auto before = LoadModelFile(model());
  ASSERT_THAT(before, IsOk());
  const std::vector<std::string> as_served = {"evaluate-samples", model(), "--data", folder_,
                                              "--judge-recipe",   judge(), "--note", "--json"};
  ASSERT_EQ(Run(as_served), 0) << err_.str();
  const auto json = nlohmann::json::parse(out_.str())["samplers"][0]["scores"][0];
  const auto noted = LoadModelFile(model());
  ASSERT_THAT(noted, IsOk());
  auto notes = noted->parameters.card.training;
  EXPECT_EQ(notes.at("samples.noise_stddev"), "2.5");
  EXPECT_NEAR(std::stod(notes.at("samples.unrecognised")),
              json["strict"]["unrecognised"]["mean"].get<double>(), 1e-4);
  EXPECT_NEAR(std::stod(notes.at("samples.precision")), json["many"]["precision"].get<double>(),
              1e-4);
  EXPECT_THAT(noted->parameters.layers[0].encoder.weight,
              HasBitsOf(before->parameters.layers[0].encoder.weight));
  // Nothing but notes is new.
  for (auto note = notes.begin(); note != notes.end();) {
    note = note->first.rfind("samples.", 0) == 0 ? notes.erase(note) : std::next(note);
  }
  EXPECT_EQ(notes, before->parameters.card.training);
  EXPECT_EQ(EvaluateSamples({"--note"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("--note: takes one model as its card says"));
}

TEST_F(EvaluateSamplesCommandTest, SaysWhatIsWrong) {
  EXPECT_EQ(EvaluateSamples({"--noise", "-1"}), 2);
  EXPECT_EQ(EvaluateSamples({"--noise", "nan"}), 2);
  EXPECT_EQ(EvaluateSamples({"--noise", "1,inf"}), 2);
  EXPECT_EQ(EvaluateSamples({"--rank", "500"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("at most 12"));
  EXPECT_EQ(EvaluateSamples({folder_ + "/none"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("none"));
  EXPECT_EQ(EvaluateSamples({"--on", "training"}), 2);
  EXPECT_EQ(EvaluateSamples({"--output", "/proc/none"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("--output"));
  testing::WriteBytes(judge(), "name: 3");
  EXPECT_EQ(EvaluateSamples({}), 2);
  EXPECT_THAT(err_.str(), HasSubstr(judge()));
}

}  // namespace
}  // namespace cae
