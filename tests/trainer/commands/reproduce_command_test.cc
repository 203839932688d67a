#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"
#include "tests/trainer/commands/program_test.h"
#include "tests/trainer/commands/raising_buffer.h"
#include "trainer/base/folder_lock.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::Contents;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::WriteBytes;

constexpr char kStudy[] = R"(
  name: "Small results" quick_judge: "judge.textproto"
  subjects {
    name: "CAE-2" recipe: "recipe.json" group: GROUP_PAPER settings: [1, 1.5, 2] classifier: true linear: true
  }
  subjects { name: "RBM" recipe: "rbm.textproto" group: GROUP_BASELINE settings: 1 }
  goals {
    name: "Samples" paper: "67.7" subjects: "CAE-2"
    reach { quantity: QUANTITY_PARZEN_STRICT at_least: 1000 } reach { quantity: QUANTITY_RECALL as_good_as: "RBM" }
  }
  goals { name: "Error" subjects: "CAE-2" reach { quantity: QUANTITY_ERROR at_most: 100 } }
)";
constexpr char kSmallJudge[] = R"(
  name: "judge" validation_rows: 60 batch_size: 24 seed: 5
  layers { units: 20 activation: ACTIVATION_RELU contraction: 0 epochs: 1 learning_rate: 0.01 }
  finetune { epochs: 5 learning_rate: 0.01 batch_size: 24 }
)";
constexpr char kSmallRbm[] = R"(
  name: "rbm" validation_rows: 60 batch_size: 24 sgd {} rbms { units: 8 epochs: 2 }
)";

class ReproduceCommandTest : public testing::ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    WriteBytes(folder_ + "/study.textproto", kStudy);
    WriteBytes(folder_ + "/judge.textproto", kSmallJudge);
    WriteBytes(folder_ + "/rbm.textproto", kSmallRbm);
  }
  std::vector<std::string> Arguments(const std::string& output,
                                     const std::string& seeds = "2") const {
    return {"reproduce", "--quick", "--study",   folder_ + "/study.textproto",
            "--output",  output,    "--data",    folder_,
            "--seeds",   seeds,     "--threads", "1"};
  }
  std::string study() const { return folder_ + "/study"; }
  std::string page() const { return study() + "/results.md"; }
  int Reproduce(const std::string& seeds = "2", const std::string& only = "CAE-2,RBM") {
    std::vector<std::string> arguments = Arguments(study(), seeds);
    arguments.insert(arguments.end(), {"--only", only});
    return Run(arguments);
  }
  // What each step measured, by the name of its file.
  static std::map<std::string, nlohmann::json> Results(const std::string& folder) {
    std::map<std::string, nlohmann::json> results;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string path = entry.path().string();
      if (entry.path().extension() != ".json" || path.find("pictures") != std::string::npos ||
          entry.path().filename() == "results.json") {
        continue;
      }
      const nlohmann::json record = nlohmann::json::parse(Contents(path));
      EXPECT_EQ(record["state"], "done") << path;
      nlohmann::json& result = results[path.substr(folder.size())];
      result = record["result"];
      // The name of a file.
      if (result.contains("samplers")) result["samplers"][0].erase("name");
    }
    return results;
  }
};

TEST_F(ReproduceCommandTest, WritesThePageAndDoesNothingTwice) {
  WriteBytes(folder_ + "/study-remarks.md", "## Samples\nTen epochs would have done.\n");
  ASSERT_EQ(Reproduce(), 0) << err_.str();
  // Two subjects and seeds; of the first one two of three settings.
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 18 made now, 0 failed"));
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("step 1 of 18: CAE-2, seed 1: train"),
                                HasSubstr("step 6 of 18: CAE-2, seed 1: choose at 1.5;")));
  const std::string text = Contents(page());
  EXPECT_THAT(
      text,
      AllOf(
          HasSubstr("# Small results"), HasSubstr("the numbers mean nothing"),
          HasSubstr("| Samples | CAE-2 | 67.7 | Parzen STRICT ≥ 1000 nats; recall ≥ that of RBM |"),
          HasSubstr("**missed**"), HasSubstr("| reached |"),
          HasSubstr("Ten epochs would have done."), HasSubstr("[recipe.json](../recipe.json)"),
          HasSubstr("![CAE-2 at "), HasSubstr("training images as samples")));
  EXPECT_THAT(text, Not(HasSubstr("failed")));
  EXPECT_THAT(text, Not(HasSubstr(folder_)));
  for (const std::string name : {"mixing", "cae-2", "rbm"}) {
    EXPECT_THAT(Contents(study() + "/images/results/" + name + ".png"),
                ::testing::StartsWith("\x89PNG"));
  }
  // Another page beside it keeps its pictures, a subject that is gone does not.
  std::filesystem::create_directory(study() + "/images/results-of-another");
  WriteBytes(study() + "/images/results-of-another/cae-2.png", "kept");
  WriteBytes(study() + "/images/results/gone.png", "removed");
  ASSERT_EQ(Reproduce(), 0);
  EXPECT_TRUE(std::filesystem::exists(study() + "/images/results-of-another/cae-2.png"));
  EXPECT_FALSE(std::filesystem::exists(study() + "/images/results/gone.png"));
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 0 made now"));
  EXPECT_EQ(Contents(page()), text);

  // A recipe is what it says, not what it is called.
  std::string renamed = "# Well tuned.\n" + std::string(kSmallRbm);
  renamed.replace(renamed.find("\"rbm\""), 5, "\"rbm-1\"");
  WriteBytes(folder_ + "/rbm.textproto", renamed);
  ASSERT_EQ(Reproduce(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 0 made now"));

  // The step of another seed, and of another recipe, are other steps; the rest stays.
  WriteBytes(folder_ + "/rbm.textproto", std::string(kSmallRbm) + " warmup_epochs: 1");
  ASSERT_EQ(Reproduce("1", "CAE-2"), 0);
  EXPECT_THAT(out_.str(), HasSubstr(" 0 made now"));
  ASSERT_EQ(Reproduce(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 5 made now"));
  // A model that is gone is made again, bit for bit: what was measured on it stays.
  std::filesystem::remove(study() + "/cae-2/seed-2/cae-2.safetensors");
  ASSERT_EQ(Reproduce(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 1 made now"));
}

TEST_F(ReproduceCommandTest, GoesOnFromTheRecordsOfAnotherMachine) {
  ASSERT_EQ(Reproduce(), 0) << err_.str();
  const std::string text = Contents(page()), records = study() + "/results.json";
  const std::string kept = Contents(records);
  EXPECT_THAT(text, HasSubstr("[results.json](results.json)"));
  // Models, results of steps and pictures of chains lie elsewhere; the page and what is beside it
  // came along.
  for (const auto* const subject : {"/cae-2", "/rbm"}) {
    std::filesystem::remove_all(study() + subject);
  }
  const auto from_records = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = Arguments(study());
    arguments.insert(arguments.end(), {"--records", records});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  };
  ASSERT_EQ(from_records({}), 0) << err_.str();
  EXPECT_THAT(err_.str(), Not(HasSubstr("nothing of the subject")));
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 0 made now"));
  EXPECT_EQ(Contents(page()), text);
  EXPECT_EQ(Contents(records), kept);

  // A subject of another recipe is made anew, whole; until then the page is without it.
  WriteBytes(folder_ + "/rbm.textproto", std::string(kSmallRbm) + " warmup_epochs: 1");
  ASSERT_EQ(from_records({"--page-only"}), 0) << err_.str();
  EXPECT_THAT(err_.str(), HasSubstr("RBM, seed 1: train is of another recipe"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("CAE-2, seed")));
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 0 made now, 0 failed"));
  EXPECT_THAT(Contents(page()), HasSubstr("not measured"));
  EXPECT_THAT(Contents(page()), Not(HasSubstr("![RBM at ")));
  EXPECT_TRUE(std::filesystem::exists(study() + "/images/results/cae-2.png"));
  ASSERT_EQ(from_records({}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("18 steps, 5 made now, 0 failed"));

  // Without the flag nothing is taken, but what the file has is not lost; a picture of other chains
  // is not shown.
  WriteBytes(folder_ + "/rbm.textproto", kSmallRbm);
  std::filesystem::remove_all(study() + "/rbm");
  std::vector<std::string> page_only = Arguments(study());
  page_only.emplace_back("--page-only");
  ASSERT_EQ(Run(page_only), 0) << err_.str();
  EXPECT_THAT(Contents(page()), Not(HasSubstr("![CAE-2 at ")));
  ASSERT_EQ(from_records({"--page-only"}), 0) << err_.str();
  EXPECT_THAT(err_.str(), Not(HasSubstr("CAE-2, seed")));
  EXPECT_THAT(Contents(page()), HasSubstr("![CAE-2 at "));
  WriteBytes(study() + "/images/results/cae-2.png", "another picture");
  ASSERT_EQ(from_records({"--page-only"}), 0) << err_.str();
  EXPECT_THAT(Contents(page()),
              AllOf(HasSubstr("| CAE-2 | paper | 2 |"), Not(HasSubstr("![CAE-2 at "))));

  WriteBytes(records, "{}");
  EXPECT_EQ(from_records({}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("no records of a study"));
}

TEST_F(ReproduceCommandTest, NothingIsOverwrittenThatAnotherStudyOrNobodyKnows) {
  const auto page_of = [&](const std::string& report) {
    std::vector<std::string> arguments = Arguments(study());
    arguments.insert(arguments.end(), {"--page-only", "--report", folder_ + report});
    return Run(arguments);
  };
  WriteBytes(folder_ + "/a.json",
             R"({"format": "cae-study-records/1", "study": "X", "steps": []})");
  EXPECT_EQ(page_of("/a.md"), 2);
  EXPECT_THAT(err_.str(),
              HasSubstr("the records of another study, X; write the page of Small results"));
  WriteBytes(folder_ + "/a.json", "precious");
  EXPECT_EQ(page_of("/a.md"), 2);
  EXPECT_EQ(Contents(folder_ + "/a.json"), "precious");
  EXPECT_EQ(page_of("/a.json"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("a page is a .md"));
  EXPECT_EQ(page_of("/b.md"), 0) << err_.str();
}

TEST_F(ReproduceCommandTest, APictureIsThatOfTheStepWhateverLayThere) {
  const std::string pictures = study() + "/rbm/seed-1/pictures";
  std::filesystem::create_directories(pictures);
  WriteBytes(pictures + "/a-1-strip.png", "of an earlier recipe");
  ASSERT_EQ(Reproduce("1", "RBM"), 0) << err_.str();
  EXPECT_FALSE(std::filesystem::exists(pictures + "/a-1-strip.png"));
  EXPECT_THAT(Contents(page()), HasSubstr("![RBM at 1]"));
  EXPECT_THAT(Contents(study() + "/images/results/rbm.png"), ::testing::StartsWith("\x89PNG"));
}

TEST_F(ReproduceCommandTest, QuickStudiesKeepTheSettingsThatGoalsName) {
  std::string study_text = kStudy;
  const std::string other = "as_good_as: \"RBM\"";
  study_text.replace(study_text.find(other), other.size(), "as_good_as: \"CAE-2\" setting: 2");
  WriteBytes(folder_ + "/study.textproto", study_text);
  std::vector<std::string> arguments = Arguments(study(), "1");
  arguments.emplace_back("--page-only");
  ASSERT_EQ(Run(arguments), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("13 steps, 0 made now"));
}

TEST_F(ReproduceCommandTest, AStepThatWasStoppedOnAnotherProcessorStartsAnew) {
  testing::RaisingBuffer buffer(SIGTERM, 3);
  std::ostream err(&buffer);
  ASSERT_EQ(RunTrainer(Arguments(study(), "1"), {out_, err}), 128 + SIGTERM);
  const std::string record = study() + "/cae-2/seed-1/train.json";
  nlohmann::json step = nlohmann::json::parse(Contents(record));
  ASSERT_EQ(step["state"], "stopped");
  step["processor"] = "abacus";
  WriteBytes(record, step.dump());
  WriteBytes(study() + "/cae-2/seed-1/train.checkpoint", "rounds otherwise");
  EXPECT_EQ(Reproduce("1", "CAE-2"), 0) << err_.str();
}

TEST_F(ReproduceCommandTest, SeedsMayShareAModel) {
  std::string study_text = kStudy;
  const std::string rbm = "settings: 1 }";
  study_text.replace(study_text.find(rbm), rbm.size(), "settings: 1 models: 2 }");
  WriteBytes(folder_ + "/study.textproto", study_text);
  ASSERT_EQ(Reproduce("3", "RBM"), 0) << err_.str();
  EXPECT_FALSE(std::filesystem::exists(study() + "/rbm/seed-3/rbm.safetensors"));
  EXPECT_THAT(Contents(page()), HasSubstr("| RBM | baseline | 3 of 2 models | 1 |"));
  // The third seed's chains are others of the first model.
  const auto results = Results(study());
  EXPECT_NE(results.at("/rbm/seed-3/score-1.json"), results.at("/rbm/seed-1/score-1.json"));
}

TEST_F(ReproduceCommandTest, GoesOnWhereItWasStopped) {
  ASSERT_EQ(Reproduce(), 0) << err_.str();
  const auto undisturbed = Results(study());
  const std::string output = folder_ + "/stopped";
  // Killed at once or stopped by a signal, with the n-th line: announced steps, epochs and others.
  for (const int line : {1, 3, 7, 12, 25}) {
    const int signal = line % 2 == 0 ? SIGKILL : SIGTERM;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      testing::RaisingBuffer buffer(signal, line);
      std::ostream err(&buffer);
      _exit(RunTrainer(Arguments(output), {out_, err}));
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == signal;
    const bool stopped = WIFEXITED(status) && WEXITSTATUS(status) == 128 + signal;
    EXPECT_TRUE(killed || stopped) << line << " " << status;
  }
  ASSERT_EQ(Run(Arguments(output)), 0) << err_.str();
  EXPECT_EQ(Results(output), undisturbed);
}

TEST_F(ReproduceCommandTest, TwoProcessesDoNotMakeTheSameStep) {
  const std::string folder = study() + "/rbm/seed-1";
  std::filesystem::create_directories(folder);
  auto lock = FolderLock::Take(folder);
  ASSERT_THAT(lock, testing::IsOk());
  EXPECT_EQ(Reproduce("1", "RBM"), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("another process is at work in " + folder),
                                HasSubstr("name other subjects with --only")));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  { const FolderLock released = *std::move(lock); }
  EXPECT_EQ(Reproduce("1", "RBM"), 0) << err_.str();
}

TEST_F(ReproduceCommandTest, ASignalBehindTheLastCheckOfAStepStopsTheStudyToo) {
  const std::string output = folder_ + "/stopped";
  // By then all images are judged and nothing looks for signals any more.
  testing::RaisingBuffer buffer(SIGTERM, "judged ");
  std::ostream err(&buffer);
  EXPECT_EQ(RunTrainer(Arguments(output, "1"), {out_, err}), 128 + SIGTERM) << buffer.text();
  EXPECT_FALSE(std::filesystem::exists(output + "/results.md"));
  // The step was through, so it is not made again.
  const nlohmann::json step =
      nlohmann::json::parse(Contents(output + "/cae-2/seed-1/choose-1.json"));
  EXPECT_EQ(step["state"], "done");
  ASSERT_EQ(Run(Arguments(output, "1")), 0) << err_.str();
  EXPECT_THAT(err_.str(), Not(HasSubstr("CAE-2, seed 1: choose at 1;")));
}

TEST_F(ReproduceCommandTest, SettingsAreBoundByRefusedStatesToo) {
  WriteBytes(folder_ + "/study.textproto", std::string(kStudy) + " most_refused: 12.5");
  ASSERT_EQ(Reproduce("1", "RBM"), 0) << err_.str();
  EXPECT_THAT(Contents(page()),
              AllOf(HasSubstr("with at most 10 % unrecognised and at most 12.5 % refused states"),
                    HasSubstr("| unrecognised, % | refused, % | Parzen STRICT | chosen |")));
}

TEST_F(ReproduceCommandTest, AStepThatFailsIsReportedAndTriedAgain) {
  std::string faulty = kSmallRbm;
  faulty.replace(faulty.find("60"), 2, "300");  // no row is left to train on
  WriteBytes(folder_ + "/rbm.textproto", faulty);
  ASSERT_EQ(Reproduce("1"), 1) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("3 failed"));
  EXPECT_THAT(err_.str(), HasSubstr("3 of 11 steps failed, for the reasons in " + page()));
  EXPECT_THAT(Contents(page()),
              AllOf(HasSubstr("## Steps that failed"), HasSubstr("/validation_rows: is 300"),
                    HasSubstr("needs train, which failed"), HasSubstr("not measured")));
  // Who only wants the page, or other subjects, gets no advice on what was not to be made.
  std::vector<std::string> page_only = Arguments(study(), "1");
  page_only.emplace_back("--page-only");
  EXPECT_EQ(Run(page_only), 0) << err_.str();
  EXPECT_EQ(Reproduce("1", "CAE-2"), 0) << err_.str();
  WriteBytes(folder_ + "/rbm.textproto", kSmallRbm);
  ASSERT_EQ(Reproduce("1"), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("3 made now, 0 failed"));
  EXPECT_THAT(Contents(page()), Not(HasSubstr("failed")));
}

TEST_F(ReproduceCommandTest, WhatIsFaultyIsSaidBeforeAnyWork) {
  EXPECT_EQ(Reproduce("2", "CAE-2,XYZ"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("'XYZ' is no subject"));
  WriteBytes(recipe(), "{}");
  std::filesystem::remove(folder_ + "/rbm.textproto");
  EXPECT_EQ(Reproduce(), 2);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("recipe.json: 2 faults"), HasSubstr("rbm.textproto")));
  WriteBytes(folder_ + "/study.textproto", "name: 5");
  EXPECT_EQ(Reproduce(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("/name: is 5"));
  EXPECT_FALSE(std::filesystem::exists(study()));
}

TEST_F(ReproduceCommandTest, RemarksAreThoseBesideTheStudyOfTheirName) {
  WriteBytes(folder_ + "/study-remarks.md", "## Nothing\nWhat nobody measured.\n");
  EXPECT_EQ(Reproduce(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("neither a goal nor a subject is called: Nothing"));
  WriteBytes(folder_ + "/other.textproto", kStudy);
  std::vector<std::string> arguments = Arguments(study(), "1");
  arguments[3] = folder_ + "/other.textproto";
  arguments.insert(arguments.end(), {"--only", "RBM"});
  EXPECT_EQ(Run(arguments), 0) << err_.str();
}

}  // namespace
}  // namespace cae
