#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/trainer/commands/program_test.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SearchCommandTest : public testing::ProgramTest {
 protected:
  std::string grid() const { return folder_ + "/grid.json"; }
  std::string search() const { return folder_ + "/search"; }
  int Search(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"search", recipe(), grid(),      "--output", search(),
                                          "--data", folder_,  "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  std::vector<nlohmann::json> Trials() const {
    std::vector<nlohmann::json> trials;
    std::istringstream lines(testing::Contents(search() + "/trials.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      trials.push_back(nlohmann::json::parse(line, nullptr, false));
    }
    return trials;
  }
};

TEST_F(SearchCommandTest, LogsALineATrialAndRunsNoneTwice) {
  testing::WriteBytes(grid(), R"({"vary": {"/seed": [1, 2], "/finetune/epochs": [2]},
      "then": [["evaluate", "MODEL", "--json", "--data", ")" +
                                  folder_ + R"("]]})");
  ASSERT_EQ(Search(), 0) << err_.str();
  const std::vector<nlohmann::json> trials = Trials();
  ASSERT_EQ(trials.size(), 2u);
  EXPECT_EQ(trials[0]["values"]["/seed"], 1);
  EXPECT_EQ(trials[1]["values"]["/seed"], 2);
  EXPECT_GT(trials[0]["scores"]["layer_1.validation_loss"].get<double>(), 0);
  EXPECT_NE(trials[0]["scores"]["layer_1.validation_loss"],
            trials[1]["scores"]["layer_1.validation_loss"]);
  EXPECT_TRUE(trials[0]["scores"].contains("classifier.error_on_validation_rows"));
  EXPECT_TRUE(trials[0]["reports"][0].is_object());
  EXPECT_TRUE(std::filesystem::exists(trials[0]["model"].get<std::string>()));

  // A kill in the middle of the second line leaves the second trial to do again.
  std::string text = testing::Contents(search() + "/trials.jsonl");
  // Lines that are not ours count for nothing.
  testing::WriteBytes(search() + "/trials.jsonl",
                      "{\"trial\": 5}\n" + text.substr(0, text.size() - 20));
  std::filesystem::remove(trials[1]["model"].get<std::string>());
  ASSERT_EQ(Search(), 0);
  EXPECT_THAT(err_.str(), HasSubstr("trial 1/2 " + trials[0]["trial"].get<std::string>()));
  EXPECT_THAT(err_.str(), HasSubstr(": is in the log"));
  const std::vector<nlohmann::json> again = Trials();
  ASSERT_EQ(again.size(), 4u);
  EXPECT_EQ(again[1], trials[0]);
  EXPECT_EQ(again[3]["trial"], trials[1]["trial"]);
  EXPECT_EQ(again[3]["scores"], trials[1]["scores"]);
  ASSERT_EQ(Search(), 0);
  EXPECT_EQ(Trials().size(), 4u);
}

TEST_F(SearchCommandTest, ATrialThatWasKilledBetweenItsLastFileAndTheLogIsWhole) {
  testing::WriteBytes(grid(), R"({"vary": {"/finetune/epochs": [2]}})");
  ASSERT_EQ(Search(), 0) << err_.str();
  const std::vector<nlohmann::json> trials = Trials();
  ASSERT_EQ(trials.size(), 1u);
  const std::string id = trials[0]["trial"], model = trials[0]["model"];
  const std::string bytes = testing::Contents(model);
  EXPECT_FALSE(std::filesystem::exists(search() + "/" + id + ".layers.safetensors"));
  testing::WriteBytes(search() + "/trials.jsonl", "");
  testing::WriteBytes(search() + "/" + id + ".finetune.checkpoint", "of the run that is through");
  testing::WriteBytes(search() + "/" + id + ".layers.safetensors", "left over");
  ASSERT_EQ(Search(), 0) << err_.str();
  EXPECT_EQ(Trials()[0]["scores"], trials[0]["scores"]);
  EXPECT_EQ(testing::Contents(model), bytes);
  for (const auto* const ending : {".finetune.checkpoint", ".layers.safetensors"}) {
    EXPECT_FALSE(std::filesystem::exists(search() + "/" + id + ending)) << ending;
  }

  // Killed within fine-tuning: the layers are there and are not trained again.
  ASSERT_EQ(Run({"train", search() + "/" + id + ".json", "--data", folder_, "--output",
                 search() + "/" + id + ".layers.safetensors"}),
            0);
  std::filesystem::remove(model);
  testing::WriteBytes(search() + "/trials.jsonl", "");
  ASSERT_EQ(Search(), 0) << err_.str();
  EXPECT_EQ(testing::Contents(model), bytes);
  EXPECT_THAT(err_.str(), Not(HasSubstr("layer 1")));
  // Layers alone, where an earlier program has left them, are no trial that is through.
  ASSERT_EQ(Run({"train", search() + "/" + id + ".json", "--data", folder_, "--output", model}), 0);
  testing::WriteBytes(search() + "/trials.jsonl", "");
  ASSERT_EQ(Search(), 0) << err_.str();
  EXPECT_EQ(testing::Contents(model), bytes);
}

TEST_F(SearchCommandTest, WhereATrialFailedItDoesNotGoOn) {
  testing::WriteBytes(grid(), R"({"vary": {"/finetune/epochs": [2]}})");
  ASSERT_EQ(Search(), 0) << err_.str();
  const std::string id = Trials()[0]["trial"], model = Trials()[0]["model"];
  std::filesystem::remove(model);
  testing::WriteBytes(search() + "/" + id + ".train.checkpoint", "of another processor");
  testing::WriteBytes(search() + "/trials.jsonl", "");
  EXPECT_EQ(Search(), 1) << "a checkpoint that is none of the run";
  // Kept until the next time, for who wants to look.
  EXPECT_TRUE(std::filesystem::exists(search() + "/" + id + ".train.checkpoint"));
  EXPECT_EQ(Search(), 0) << err_.str();
  EXPECT_TRUE(std::filesystem::exists(model));
}

TEST_F(SearchCommandTest, ATrialThatFailsIsLoggedAndTheNextIsRun) {
  testing::WriteBytes(grid(), R"({"vary": {"/validation_rows": [300, 60]}})");
  ASSERT_EQ(Search({"--quick"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("1 of 2 trials failed"));
  const std::vector<nlohmann::json> trials = Trials();
  ASSERT_EQ(trials.size(), 2u);
  EXPECT_THAT(trials[0]["error"].get<std::string>(), HasSubstr("/validation_rows: is 300"));
  EXPECT_FALSE(trials[1].contains("error"));
  // It is tried again, the other one is not.
  ASSERT_EQ(Search({"--quick"}), 1);
  EXPECT_EQ(Trials().size(), 3u);
}

TEST_F(SearchCommandTest, AFaultyGridRunsNothing) {
  testing::WriteBytes(grid(), R"({"vary": {"/seed": [1], "/layers/0/units": [5, 0]}})");
  EXPECT_EQ(Search(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("/layers/0/units: is 0"));
  EXPECT_FALSE(std::filesystem::exists(search()));
}

}  // namespace
}  // namespace cae
