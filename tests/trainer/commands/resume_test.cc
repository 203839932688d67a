// A run that is killed anywhere, even without a chance to say goodbye, and resumed writes the very
// file of a run that was left alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/trainer/commands/program_test.h"
#include "tests/trainer/commands/raising_buffer.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::Contents;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RaisingBuffer;
using testing::WriteBytes;

class ResumeTest : public testing::ProgramTest {
 protected:
  std::string checkpoint() const { return folder_ + "/checkpoint"; }
  std::string log() const { return folder_ + "/log"; }

  // Runs the program in a process of its own that kills itself when it reports its n-th epoch, that
  // is before the checkpoint of that epoch is written.
  void RunAndKill(const std::vector<std::string>& arguments, int epoch) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      RaisingBuffer buffer(SIGKILL, epoch);
      std::ostream err(&buffer);
      _exit(RunTrainer(arguments, {out_, err}));
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }

  // Lines of the log without what depends on the clock.
  std::vector<std::string> LoggedEpochs() const {
    std::vector<std::string> epochs;
    std::istringstream lines(Contents(log()));
    for (std::string line; std::getline(lines, line);) {
      epochs.push_back(line.substr(0, line.find("\"rows_per_second\"")));
    }
    return epochs;
  }
};

TEST_F(ResumeTest, ATrainingThatIsKilledInAnyEpochEndsInTheSameFile) {
  ASSERT_EQ(RunOnData("train", {"--log", log()}), 0);
  const std::string undisturbed = Contents(model());
  const std::vector<std::string> undisturbed_log = LoggedEpochs();
  const auto arguments = OnData("train", {"--checkpoint", checkpoint(), "--log", log()});
  const auto resumed =
      OnData("train", {"--checkpoint", checkpoint(), "--log", log(), "--resume", "--threads", "1"});
  for (int epoch = 1; epoch <= 5; ++epoch) {
    std::filesystem::remove(model());
    std::filesystem::remove(log());
    RunAndKill(arguments, epoch);
    EXPECT_EQ(std::filesystem::exists(checkpoint()), epoch > 1);
    ASSERT_EQ(Run(resumed), 0) << err_.str();
    EXPECT_EQ(Contents(model()), undisturbed) << "killed in epoch " << epoch;
    EXPECT_EQ(LoggedEpochs(), undisturbed_log) << "killed in epoch " << epoch;
    EXPECT_FALSE(std::filesystem::exists(checkpoint())) << "the run is through";
    EXPECT_EQ(err_.str().find("no checkpoint at") != std::string::npos, epoch == 1);
  }
}

TEST_F(ResumeTest, ABaselineThatIsKilledInAnyEpochEndsInTheSameFile) {
  WriteBytes(recipe(), R"({
    "name": "small", "validation_rows": 60, "batch_size": 24, "seed": 5, "sgd": {},
    "rbms": [{"units": 40, "chains": 10, "gibbs_steps": 2, "epochs": 2, "learning_rate": 0.01},
             {"units": 12, "persistent": false, "epochs": 2, "learning_rate": 0.01}]})");
  ASSERT_EQ(RunOnData("train", {"--threads", "3"}), 0) << err_.str();
  const std::string undisturbed = Contents(model());
  const auto arguments = OnData("train", {"--checkpoint", checkpoint()});
  for (int epoch = 1; epoch <= 4; ++epoch) {
    std::filesystem::remove(model());
    RunAndKill(arguments, epoch);
    ASSERT_EQ(RunOnData("train", {"--checkpoint", checkpoint(), "--resume", "--threads", "1"}), 0)
        << err_.str();
    EXPECT_EQ(Contents(model()), undisturbed) << "killed in epoch " << epoch;
  }
}

TEST_F(ResumeTest, ATrainingWithEveryExtensionThatIsKilledInAnyEpochEndsInTheSameFile) {
  WriteBytes(recipe(), R"({
    "name": "small", "validation_rows": 60, "batch_size": 24, "seed": 5, "standardise": {},
    "layers": [{"units": 20, "decoder_activation": "identity", "epochs": 1,
                "stability": {"weight": 0.1, "noise_stddev": 0.1},
                "corruption": {"noise_stddev": 0.1, "masking": 0.1}},
               {"units": 12, "epochs": 2, "invariance": {"weight": 1, "noise_stddev": 1}}],
    "joint": {"epochs": 3, "walkback": {"noise_stddev": 0.7}, "corruption": {"masking": 0.1}}})");
  ASSERT_EQ(RunOnData("train", {"--threads", "3"}), 0) << err_.str();
  const std::string undisturbed = Contents(model());
  const auto arguments = OnData("train", {"--checkpoint", checkpoint()});
  for (int epoch = 2; epoch <= 6; ++epoch) {
    std::filesystem::remove(model());
    RunAndKill(arguments, epoch);
    ASSERT_EQ(RunOnData("train", {"--checkpoint", checkpoint(), "--resume", "--threads", "1"}), 0)
        << err_.str();
    EXPECT_EQ(Contents(model()), undisturbed) << "killed in epoch " << epoch;
  }
}

TEST_F(ResumeTest, AFinetuningThatIsKilledAgainAndAgainEndsInTheSameFile) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string encoder = folder_ + "/encoder.safetensors";
  std::filesystem::copy(model(), encoder);
  const std::vector<std::string> more = {"--model", encoder, "--epochs", "12"};
  ASSERT_EQ(RunOnData("finetune", more), 0) << err_.str();
  const std::string undisturbed = Contents(model());
  std::vector<std::string> with_checkpoint = more;
  for (const char* flag : {"--checkpoint-every", "2", "--resume", "--checkpoint"}) {
    with_checkpoint.emplace_back(flag);
  }
  with_checkpoint.push_back(folder_);  // a folder: the file gets a name
  for (const int epoch : {4, 3, 5}) RunAndKill(OnData("finetune", with_checkpoint), epoch);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/finetune.checkpoint"));
  ASSERT_EQ(Run(OnData("finetune", with_checkpoint)), 0) << err_.str();
  EXPECT_THAT(err_.str(), Not(HasSubstr("epoch 7/12")));
  EXPECT_EQ(Contents(model()), undisturbed);
}

TEST_F(ResumeTest, AFinetuningByTangentsThatIsKilledEndsInTheSameFile) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string encoder = folder_ + "/encoder.safetensors";
  std::filesystem::copy(model(), encoder);
  std::string with_tangents = testing::kSmallRecipe;
  with_tangents.replace(with_tangents.find("\"hidden_dropout\""), 0,
                        R"("tangents": {"weight": 0.5, "rank": 5, "combinations": 2}, )");
  WriteBytes(recipe(), with_tangents);
  std::vector<std::string> more = {"--model", encoder, "--epochs", "4", "--threads", "3"};
  ASSERT_EQ(RunOnData("finetune", more), 0) << err_.str();
  const std::string undisturbed = Contents(model());
  more.insert(more.end(), {"--resume", "--checkpoint", checkpoint()});
  RunAndKill(OnData("finetune", more), 3);
  more[5] = "1";
  ASSERT_EQ(RunOnData("finetune", more), 0) << err_.str();
  EXPECT_EQ(Contents(model()), undisturbed);
}

TEST_F(ResumeTest, ASignalLeavesACheckpointThatSaysHowToGoOn) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string undisturbed = Contents(model());
  for (const int signal : {SIGINT, SIGTERM}) {
    RaisingBuffer buffer(signal, 2);
    std::ostream err(&buffer);
    // No checkpoint would be due before the last epoch of the layer.
    const auto arguments =
        OnData("train", {"--checkpoint", checkpoint(), "--checkpoint-every", "100"});
    EXPECT_EQ(RunTrainer(arguments, {out_, err}), 128 + signal);
    EXPECT_THAT(buffer.text(), AllOf(HasSubstr(checkpoint()), HasSubstr("--resume")));
    ASSERT_EQ(RunOnData("train", {"--checkpoint", checkpoint(), "--resume"}), 0) << err_.str();
    EXPECT_THAT(err_.str(), Not(HasSubstr("layer 1  epoch 2/3")));
    EXPECT_EQ(Contents(model()), undisturbed);
  }
}

TEST_F(ResumeTest, ARunMayBeResumedWithAnotherLogOrWithoutOne) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string undisturbed = Contents(model());
  RunAndKill(OnData("train", {"--checkpoint", checkpoint()}), 3);
  RunAndKill(OnData("train", {"--checkpoint", checkpoint(), "--log", log(), "--resume"}), 2);
  EXPECT_EQ(LoggedEpochs().size(), 1u) << "the third epoch of layer 1 alone";
  ASSERT_EQ(RunOnData("train", {"--checkpoint", checkpoint(), "--resume"}), 0) << err_.str();
  EXPECT_EQ(LoggedEpochs().size(), 1u);
  EXPECT_EQ(Contents(model()), undisturbed);
}

TEST_F(ResumeTest, ARunThatOverflowedGoesOnAtASmallerRate) {
  const auto with_rate = [](const std::string& rate) {
    return R"({"name": "small", "validation_rows": 60, "batch_size": 24, "seed": 5, "sgd": {},
               "schedule": "constant", "layers": [{"units": 20, "epochs": 2, "learning_rate": 0.01},
               {"units": 12, "activation": "identity", "decoder_activation": "identity", "epochs": 6,
                "learning_rate": )" +
           rate + "}]}";
  };
  WriteBytes(recipe(), with_rate("0.5"));
  const std::vector<std::string> keep = {"--checkpoint", checkpoint()};
  const std::vector<std::string> resume = {"--checkpoint", checkpoint(), "--resume"};
  EXPECT_EQ(RunOnData("train", keep), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("layer 2, epoch"), HasSubstr("/layers/1/learning_rate"),
                                HasSubstr("the last good state is in " + checkpoint()),
                                HasSubstr("--resume --new-rates goes on from it")));
  EXPECT_FALSE(std::filesystem::exists(model()));
  // Not at the same rate, nor, unasked, at another.
  EXPECT_EQ(RunOnData("train", resume), 1);
  EXPECT_THAT(err_.str(), HasSubstr("not a finite number any more"));
  WriteBytes(recipe(), with_rate("0.0005"));
  EXPECT_EQ(RunOnData("train", resume), 1);
  const std::string change =
      "learning rates (there layer 1 0.01, layer 2 0.5, here layer 1 0.01, layer 2 0.0005)";
  EXPECT_THAT(err_.str(), HasSubstr("what differs: " + change));

  ASSERT_EQ(RunOnData("train", {"--checkpoint", checkpoint(), "--resume", "--new-rates"}), 0)
      << err_.str();
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("going on from " + checkpoint() + " with other " + change),
                    Not(HasSubstr("layer 1  epoch")), HasSubstr("layer 2  epoch 6/6")));
  EXPECT_FALSE(std::filesystem::exists(checkpoint()));
  // The card tells.
  ASSERT_EQ(Run({"inspect", model(), "--json"}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("changed_on_resuming"), HasSubstr(change),
                                HasSubstr("\\\"learning_rate\\\":0.0005")));
}

TEST_F(ResumeTest, AClassifierSaysOfItselfAloneThatItsRateWasChanged) {
  ASSERT_EQ(RunOnData("train"), 0);
  const std::string encoder = folder_ + "/encoder.safetensors";
  std::filesystem::copy(model(), encoder);
  const std::string with_rate = testing::kSmallRecipe;
  const auto rate = [&](const std::string& number) {
    std::string other = with_rate;
    other.replace(other.find("0.02"), 4, number);
    WriteBytes(recipe(), other);
  };
  const std::vector<std::string> first = {"--model", encoder,        "--epochs",
                                          "9",       "--checkpoint", checkpoint()};
  std::vector<std::string> again = first;
  again.insert(again.end(), {"--resume", "--new-rates"});
  RunAndKill(OnData("finetune", first), 3);
  rate("0.01");
  RunAndKill(OnData("finetune", again), 3);
  rate("0.005");
  ASSERT_EQ(RunOnData("finetune", again), 0) << err_.str();
  ASSERT_EQ(Run({"inspect", model()}), 0);
  EXPECT_THAT(
      out_.str(),
      AllOf(HasSubstr("finetune_changed_on_resuming"), HasSubstr("classifier 0.02, here layer 1"),
            HasSubstr("classifier 0.01, here layer 1"), HasSubstr("classifier 0.005)")));
  // Another classifier in its place knows nothing of that.
  ASSERT_EQ(RunOnData("finetune", {"--model", model(), "--epochs", "1"}), 0) << err_.str();
  ASSERT_EQ(Run({"inspect", model()}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("finetune_recipe"), Not(HasSubstr("resuming"))));
}

TEST_F(ResumeTest, ABaselineGoesOnAtAnotherRateInTheMachineThatIsNotDone) {
  const auto with_rate = [](const std::string& rate) {
    return "name: 'b' seed: 5 validation_rows: 60 batch_size: 24 sgd {} "
           "rbms { units: 8 epochs: 2 learning_rate: 0.02 } "
           "rbms { units: 5 epochs: 4 learning_rate: " +
           rate + " }";
  };
  WriteBytes(recipe(), with_rate("0.05"));
  RunAndKill(OnData("train", {"--checkpoint", checkpoint()}), 4);
  WriteBytes(recipe(), with_rate("0.01"));
  EXPECT_EQ(RunOnData("train", {"--checkpoint", checkpoint(), "--resume"}), 1);
  const std::string change =
      "learning rates (there rbm 1 0.02, rbm 2 0.05, here rbm 1 0.02, rbm 2 0.01)";
  EXPECT_THAT(err_.str(), HasSubstr("what differs: " + change));
  ASSERT_EQ(RunOnData("train", {"--checkpoint", checkpoint(), "--resume", "--new-rates"}), 0)
      << err_.str();
  EXPECT_THAT(err_.str(), AllOf(Not(HasSubstr("rbm 1  epoch")), HasSubstr("rbm 2  epoch 4/4")));
  ASSERT_EQ(Run({"baseline", model()}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("changed_on_resuming"), HasSubstr(change),
                                HasSubstr("\"learning_rate\":0.01")));
}

TEST_F(ResumeTest, ACheckpointOfAnotherRunIsRefusedByNameOfWhatDiffers) {
  RunAndKill(OnData("train", {"--checkpoint", checkpoint()}), 3);
  const auto resume = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--checkpoint", checkpoint(), "--resume"});
    return RunOnData("train", more);
  };
  EXPECT_EQ(RunOnData("train", {"--checkpoint", checkpoint()}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("is there already; go on from it with --resume"));
  EXPECT_EQ(resume({"--seed", "6"}), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("seed (there 5, here 6)"), Not(HasSubstr("recipe"))));
  EXPECT_EQ(resume({"--seed", "6", "--new-rates"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("seed (there 5, here 6)"));
  EXPECT_EQ(resume({"--epochs", "4"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("recipe (/finetune/epochs, /layers/0/epochs, "));
  WriteBytes(recipe(), std::string(testing::kSmallRecipe)
                           .replace(std::string(testing::kSmallRecipe).find("0.1"), 3, "0.2"));
  EXPECT_EQ(resume({}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("recipe (/layers/0/contraction)"));
  WriteBytes(recipe(), testing::kSmallRecipe);
  testing::WriteSmallExamples(folder_ + "/mnist/train-images-idx3-ubyte",
                              folder_ + "/mnist/train-labels-idx1-ubyte", 299);
  EXPECT_EQ(resume({}), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("training rows (there 240, here 239)"),
                                HasSubstr("train-images-idx3-ubyte")));
  testing::WriteSmallDataSet(folder_);
  // One bit of one weight.
  std::string bytes = Contents(checkpoint());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  WriteBytes(checkpoint(), bytes);
  EXPECT_EQ(resume({}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("damaged"));
  EXPECT_FALSE(std::filesystem::exists(model()));
}

}  // namespace
}  // namespace cae
