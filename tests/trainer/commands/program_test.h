// ProgramTest: runs `cae-train` in this process, on a small data set in a folder of its own.
#ifndef CAE_TESTS_TRAINER_COMMANDS_PROGRAM_TEST_H_
#define CAE_TESTS_TRAINER_COMMANDS_PROGRAM_TEST_H_

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/testing/temporary_folder.h"
#include "tests/trainer/small_data_set.h"
#include "trainer/commands/run_trainer.h"

namespace cae::testing {

/// 30 inputs, codes of 20 and 12 units, 3 and 2 epochs of ten steps.
inline constexpr char kSmallRecipe[] = R"({
  "name": "small", "validation_rows": 60, "batch_size": 24, "seed": 5, "storage": "F16",
  "layers": [{"units": 20, "contraction": 0.1, "epochs": 3, "learning_rate": 0.01},
             {"units": 12, "contraction": 0.1, "epochs": 2, "learning_rate": 0.01}],
  "finetune": {"epochs": 150, "learning_rate": 0.02, "batch_size": 24, "hidden_dropout": 0.1},
  "card": {"default_noise_stddev": 2.5, "default_rank": 3, "start_examples": 15}})";

inline std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    WriteSmallDataSet(folder_);
    WriteBytes(recipe(), kSmallRecipe);
  }

  std::string recipe() const { return folder_ + "/recipe.json"; }
  std::string model() const { return folder_ + "/model.safetensors"; }

  int Run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    return RunTrainer(std::move(arguments), {out_, err_});
  }
  // `command` with recipe, data and output, and more.
  std::vector<std::string> OnData(const std::string& command,
                                  const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {command, recipe(),   "--data",
                                          folder_, "--output", model()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  int RunOnData(const std::string& command, const std::vector<std::string>& more = {}) {
    return Run(OnData(command, more));
  }

  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  std::ostringstream out_, err_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_TRAINER_COMMANDS_PROGRAM_TEST_H_
