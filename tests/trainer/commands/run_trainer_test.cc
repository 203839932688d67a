// The program as its users see it: arguments in, exit code, text and files out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "core/io/model_file.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/commands/program_test.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::Contents;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::StartsWith;
using testing::WriteBytes;

using RunTrainerTest = testing::ProgramTest;

TEST_F(RunTrainerTest, TrainsAModelThatLoadsAndWhoseGoldenRowsComeOut) {
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  EXPECT_EQ(out_.str(), model() + "\n");
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("layer 1  epoch 3/3"), HasSubstr("layer 2  epoch 2/2")));
  const absl::StatusOr<ModelFile> file = LoadModelFile(model());
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->parameters.layers.size(), 2u);
  EXPECT_EQ(file->parameters.start_examples.rows(), 15);
  EXPECT_EQ(file->parameters.golden_inputs.rows(), 4);
  const ModelCard& card = file->parameters.card;
  EXPECT_EQ(card.default_noise_stddev, 2.5);
  EXPECT_EQ(card.default_rank, 3);
  EXPECT_THAT(card.input_shape, ::testing::ElementsAre(6, 5));
  EXPECT_EQ(card.training.at("seed"), "5");
  EXPECT_EQ(card.training.at("data.train-images-idx3-ubyte").size(), 64u);
  EXPECT_EQ(card.training.at("layer_2.epochs"), "2");
  EXPECT_EQ(card.training.count("layer_1.validation_reconstruction"), 1u);

  ASSERT_EQ(Run({"inspect", model(), "--json"}), 0) << err_.str();
  const nlohmann::json inspected = nlohmann::json::parse(out_.str());
  EXPECT_EQ(inspected["digest"], file->digest);
  EXPECT_EQ(inspected["golden"]["largest_difference"], 0);
  EXPECT_EQ(inspected["layers"][1]["units"], 12);
  ASSERT_EQ(Run({"inspect", model()}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr(file->digest), HasSubstr("golden rows 4"),
                                HasSubstr("20 units, logistic encoder")));
}

TEST_F(RunTrainerTest, TheFileIsTheSameForAnyNumberOfThreadsAndAnotherForAnotherSeed) {
  ASSERT_EQ(RunOnData("train", {"--threads", "1"}), 0);
  const std::string one = Contents(model());
  ASSERT_EQ(RunOnData("train", {"--threads", "3"}), 0);
  EXPECT_EQ(Contents(model()), one);
  ASSERT_EQ(RunOnData("train", {"--seed", "6"}), 0);
  EXPECT_NE(Contents(model()), one);
}

TEST_F(RunTrainerTest, FinetuningAddsAClassifierAndLeavesTheEncoder) {
  ASSERT_EQ(RunOnData("train"), 0);
  const absl::StatusOr<ModelFile> before = LoadModelFile(model());
  ASSERT_THAT(before, IsOk());
  ASSERT_EQ(RunOnData("finetune", {"--model", model()}), 0) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(StartsWith(model()), HasSubstr("test error 0.00%")));
  const absl::StatusOr<ModelFile> after = LoadModelFile(model());
  ASSERT_THAT(after, IsOk());
  for (int l = 0; l < 2; ++l) {
    EXPECT_THAT(after->parameters.layers[l].encoder.weight,
                HasBitsOf(before->parameters.layers[l].encoder.weight));
    EXPECT_NE(after->parameters.classifier.layers[l].weight,
              before->parameters.layers[l].encoder.weight);
  }
  EXPECT_EQ(after->parameters.card.class_labels.size(), 10u);
  EXPECT_EQ(after->parameters.card.training.at("classifier.error_on_test_rows"), "0");
  EXPECT_EQ(after->parameters.card.training.count("classifier.error_on_validation_rows"), 1u);
  EXPECT_THAT(out_.str(), HasSubstr("validation error "));

  // Where no rows are kept apart there is no error on them, of this classifier or an earlier one.
  std::string all_rows = testing::kSmallRecipe;
  all_rows.replace(all_rows.find("60"), 2, "0");
  WriteBytes(recipe(), all_rows);
  ASSERT_EQ(RunOnData("finetune", {"--model", model(), "--epochs", "1"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), ::testing::Not(HasSubstr("validation error")));
  const absl::StatusOr<ModelFile> again = LoadModelFile(model());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->parameters.card.training.count("classifier.error_on_validation_rows"), 0u);

  // Rows that the layers know are no rows kept apart.
  EXPECT_THAT(err_.str(), ::testing::Not(HasSubstr("rows apart")));
  ASSERT_EQ(RunOnData("train"), 0);
  WriteBytes(recipe(), testing::kSmallRecipe);
  ASSERT_EQ(RunOnData("finetune", {"--model", model(), "--epochs", "1"}), 0) << err_.str();
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("keeps 60 rows apart"), HasSubstr("have kept none apart")));
}

TEST_F(RunTrainerTest, ARecipeOfAnotherModelIsRefused) {
  ASSERT_EQ(RunOnData("train", {"--quick"}), 0);
  std::filesystem::copy(folder_ + "/mnist", folder_ + "/fashion");
  const std::string small = testing::kSmallRecipe;
  const std::pair<std::string, std::string> others[] = {
      {R"("activation": "tanh", "units": 12)", "layer 2 that is tanh with"},
      {R"("decoder_activation": "identity", "units": 12)", "decoder that is identity and tied"},
      {R"("tied": false, "units": 12)", "decoder that is logistic and untied"},
  };
  for (const auto& [field, words] : others) {
    std::string other = small;
    other.replace(other.find(R"("units": 12)"), 11, field);
    WriteBytes(recipe(), other);
    EXPECT_EQ(RunOnData("finetune", {"--model", model()}), 2) << field;
    EXPECT_THAT(err_.str(), AllOf(HasSubstr(words), HasSubstr("has logistic with a decoder")));
  }
  WriteBytes(recipe(), R"({"data": "fashion",)" + small.substr(1));
  EXPECT_EQ(RunOnData("finetune", {"--model", model()}), 2);
  EXPECT_THAT(err_.str(),
              HasSubstr("is for the data fashion, but " + model() + " has learned mnist"));
}

TEST_F(RunTrainerTest, AFaultyRecipeIsTheUsersMistake) {
  WriteBytes(recipe(), R"({"name": "x", "layers": [{"units": 0, "lambda": 1}]})");
  EXPECT_EQ(RunOnData("train"), 2);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("recipe.json: 2 faults"), HasSubstr("/layers/0/units"),
                                HasSubstr("/layers/0/lambda")));
  WriteBytes(recipe(), R"({"name": "x", "validation_rows": 300, "layers": [{"units": 2}]})");
  EXPECT_EQ(RunOnData("train"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("/validation_rows: is 300"));
  WriteBytes(recipe(), R"({"name": "x", "validation_rows": 9, "layers": [{"units": 2}]})");
  ASSERT_EQ(RunOnData("train", {"--quick"}), 0);
  EXPECT_EQ(RunOnData("finetune", {"--model", model()}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("/finetune: is missing"));
  WriteBytes(recipe(), R"({"name": "x", "validation_rows": 9, "finetune": {},
                           "layers": [{"units": 2}, {"units": 3}]})");
  EXPECT_EQ(RunOnData("finetune", {"--model", model()}), 2);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("is for layers of 2-3 units"), HasSubstr(" has 2;")));
}

TEST_F(RunTrainerTest, ASignalEndsTheRunAndLeavesTheEarlierFile) {
  // A stream that raises the signal with the first thing written to it: the line of epoch 1.
  class RaisingBuffer : public std::stringbuf {
   public:
    explicit RaisingBuffer(int signal) : signal_(signal) {}
    std::streamsize xsputn(const char* text, std::streamsize count) override {
      if (signal_ != 0) std::raise(std::exchange(signal_, 0));
      return std::stringbuf::xsputn(text, count);
    }

   private:
    int signal_;
  };
  WriteBytes(model(), "earlier");
  for (const int signal : {SIGINT, SIGTERM}) {
    RaisingBuffer buffer(signal);
    std::ostream err(&buffer);
    const int code =
        RunTrainer({"train", recipe(), "--data", folder_, "--output", model(), "--epochs", "1000"},
                   {out_, err});
    EXPECT_EQ(code, 128 + signal);
    EXPECT_THAT(buffer.str(), HasSubstr(signal == SIGINT ? "SIGINT" : "SIGTERM"));
    EXPECT_THAT(buffer.str(), ::testing::Not(HasSubstr("epoch 2/1000")));
  }
  EXPECT_EQ(Contents(model()), "earlier");
}

TEST_F(RunTrainerTest, AFileThatCannotBeWrittenLeavesTheEarlierFile) {
  WriteBytes(model(), "earlier");
  // The kernel refuses to write beyond the limit, as it does on a full disk.
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const int code = RunOnData("train");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(code, 1);
  EXPECT_THAT(err_.str(), HasSubstr("model.safetensors"));
  EXPECT_EQ(Contents(model()), "earlier");
}

TEST_F(RunTrainerTest, AnOutputFolderThatIsNotThereIsFoundBeforeTheWork) {
  EXPECT_EQ(Run({"train", recipe(), "--data", folder_, "--output", folder_ + "/no/model"}), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("/no"), ::testing::Not(HasSubstr("epoch"))));
}

TEST_F(RunTrainerTest, InspectFindsCodesThatDoNotComeOut) {
  ASSERT_EQ(RunOnData("train"), 0);
  absl::StatusOr<ModelFile> file = LoadModelFile(model());
  ASSERT_THAT(file, IsOk());
  file->parameters.golden_codes(1, 2) += 0.01f;
  ASSERT_THAT(SaveModelFile(model(), file->parameters, StorageType::kFloat16), IsOk());
  EXPECT_EQ(Run({"inspect", model()}), 1);
  EXPECT_THAT(out_.str(), HasSubstr("FAILED"));
  EXPECT_THAT(err_.str(), HasSubstr("golden rows differ"));
  WriteBytes(model(), "no model");
  EXPECT_EQ(Run({"inspect", model()}), 1);
}

TEST_F(RunTrainerTest, TheLogHasALineForEachEpoch) {
  ASSERT_EQ(RunOnData("train", {"--log", folder_ + "/log"}), 0);
  const std::string log = Contents(folder_ + "/log");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 5);
  const nlohmann::json last = nlohmann::json::parse(log.substr(log.rfind('\n', log.size() - 2)));
  EXPECT_EQ(last["stage"], "layer 2");
  EXPECT_EQ(last["layer"], 2);
  EXPECT_GT(last["gradient_norm"], 0);
  for (const char* part : {"training", "validation"}) {
    for (const char* name : {"loss", "reconstruction", "contraction"}) {
      EXPECT_GT(last[part][name], 0) << part << name;
    }
  }
}

TEST_F(RunTrainerTest, ARecipeInTextFormatGivesTheSameModel) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string from_json = Contents(model());
  WriteBytes(recipe(), R"(
      # The same, as a message.
      name: "small" validation_rows: 60 batch_size: 24 seed: 5 storage: STORAGE_F16
      layers { units: 20 contraction: 0.1 epochs: 3 learning_rate: 0.01 }
      layers { units: 12 contraction: 0.1 epochs: 2 learning_rate: 0.01 }
      finetune { epochs: 150 learning_rate: 0.02 batch_size: 24 hidden_dropout: 0.1 }
      card { default_noise_stddev: 2.5 default_rank: 3 start_examples: 15 })");
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  EXPECT_EQ(Contents(model()), from_json);
}

TEST_F(RunTrainerTest, CheckGradientPassesAndPrintsTheLargestError) {
  ASSERT_EQ(Run({"check-gradient", "--units", "4", "--inputs", "5", "--json"}), 0) << err_.str();
  const nlohmann::json result = nlohmann::json::parse(out_.str());
  EXPECT_EQ(result["ok"], true);
  EXPECT_EQ(result["cases"].size(), 37u);
  EXPECT_LT(result["largest_relative_error"].get<double>(), 1e-6);
  EXPECT_GT(result["largest_relative_error"].get<double>(), 0);
}

TEST_F(RunTrainerTest, UsageMistakesExitWithTwoAndHelpWithZero) {
  EXPECT_EQ(Run({}), 2);
  EXPECT_EQ(Run({"fly"}), 2);
  EXPECT_EQ(Run({"train"}), 2);
  EXPECT_EQ(RunOnData("train", {"--epochs", "0"}), 2);
  EXPECT_EQ(RunOnData("train", {"--resume"}), 2);
  EXPECT_EQ(Run({"fetch", "faces"}), 2);
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Examples:"));
  EXPECT_EQ(Run({"--version"}), 0);
  EXPECT_THAT(out_.str(), StartsWith("cae-train "));
  for (const char* command :
       {"fetch", "train", "finetune", "evaluate", "inspect", "check-gradient", "search"}) {
    EXPECT_EQ(Run({command, "--help"}), 0);
    EXPECT_THAT(out_.str(), HasSubstr("Examples:")) << command;
  }
}

}  // namespace
}  // namespace cae
