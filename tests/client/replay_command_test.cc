#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/command_test_base.h"

namespace cae {
namespace {

using testing::CommandResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReplayCommandTest : public testing::CommandTest {
 protected:
  /// Records 3 draws of 2 chains.
  std::string Record(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"sample",   "--chains",      "2", "--draws", "3",
                                          "--record", Path("run.caes")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = Run(arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return Path("run.caes");
  }
};

TEST_F(ReplayCommandTest, WritesWhatTheRunWroteWithoutAServer) {
  for (const std::string kind : {".npy", ".npz", ".png"}) {
    for (const std::string type : {"float32", "float16", "uint8"}) {
      const std::string output = Path("s" + kind);
      const std::string file = Record(
          {"--codes", "--output-type", type, "--output", output, "--diagnostics", "classes"});
      const std::string wanted = Read("s" + kind);
      Write("s" + kind, "");
      const CommandResult result = RunPlain(
          {"replay", file, "--output", output, "--server", "127.0.0.1:1", "--attempts", "1"});
      EXPECT_EQ(result.code, 0) << result.err;
      EXPECT_EQ(Read("s" + kind), wanted) << kind << " " << type;
    }
  }
}

TEST_F(ReplayCommandTest, PrintsTheSameJson) {
  const CommandResult sampled =
      Run({"sample", "--draws", "4", "--codes", "--record", Path("r"), "--json"});
  const CommandResult replayed = RunPlain({"replay", Path("r"), "--json"});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(replayed.out, sampled.out);
}

TEST_F(ReplayCommandTest, TellsTheRunAndHowToRepeatIt) {
  const CommandResult result = RunPlain({"replay", Record()});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("3 draws of each of 2 chains by model 'fake' v3"));
  EXPECT_THAT(result.out, HasSubstr("mean-pixel"));
  EXPECT_THAT(result.out, HasSubstr("repeat with: cae sample --model fake:3 --seed 42 "));
}

TEST_F(ReplayCommandTest, ReadsStandardInput) {
  Record();
  const CommandResult result = RunPlain({"replay", "-", "--output", "-"}, Read("run.caes"));
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(ParseNpy(result.out)->shape, ElementsAre(3, 2, 4));
}

TEST_F(ReplayCommandTest, ARecordingThatBrokeOffHasItsWholeDraws) {
  server_.BreakNextStreams({{2, absl::InternalError("lost")}});
  const CommandResult broken =
      Run({"sample", "--chains", "2", "--draws", "3", "--record", Path("r")});
  EXPECT_EQ(broken.code, 23);
  EXPECT_THAT(broken.err, HasSubstr("what came before the failure is in " + Path("r")));

  const CommandResult refused = RunPlain({"replay", Path("r")});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("r: the file ends at byte "));
  EXPECT_THAT(refused.err, HasSubstr("2 draws before it are whole (--partial takes them)"));
  EXPECT_THAT(refused.out, IsEmpty());

  const CommandResult partial =
      RunPlain({"replay", Path("r"), "--partial", "--output", Path("s.npy")});
  EXPECT_EQ(partial.code, 0) << partial.err;
  EXPECT_THAT(ReadNpy("s.npy").shape, ElementsAre(2, 2, 4));
}

TEST_F(ReplayCommandTest, NamesTheByteWhereAFileIsDamaged) {
  Record();
  std::string bytes = Read("run.caes");
  bytes[bytes.size() - 20] ^= 1;
  const CommandResult result = RunPlain({"replay", Write("damaged", bytes)});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("damaged: record 5 at byte "));
  EXPECT_THAT(result.err, HasSubstr("2 draws before it are whole"));
}

TEST_F(ReplayCommandTest, RefusesOtherFiles) {
  EXPECT_EQ(RunPlain({"replay", Path("none")}).code, 1);
  const CommandResult text = RunPlain({"replay", Write("text", "no recording")});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.err, HasSubstr("text: not a recorded sample stream"));
}

TEST_F(ReplayCommandTest, VerifiesAgainstTheServer) {
  const std::string start = WriteGreyPng("start.png", 2, 2, {1, 2, 3, 4});
  const std::string file = Record({"--initial", start, "--noise", "0.25", "--codes"});
  const CommandResult result = Run({"replay", file, "--verify"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("verified: "));
  const v1::SampleRequest request = server_.samples()[1];
  EXPECT_EQ(request.seed(), 42);
  EXPECT_EQ(request.noise_stddev(), 0.25);
  EXPECT_EQ(request.model().version(), 3);
  EXPECT_EQ(request.initial_inputs().data(), std::string("\x01\x02\x03\x04", 4));
}

TEST_F(ReplayCommandTest, VerifyNamesTheFirstDrawThatDiffers) {
  const std::string file = Record({"--first-chain", "10"});
  server_.SpoilDraw(1);
  const CommandResult result = Run({"replay", file, "--verify"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("samples: draw 1 of chain 10 differs first, in unit 0"));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(ReplayCommandTest, VerifyRefusesAnotherModelFile) {
  const std::string file = Record();
  v1::Model card = testing::FakeCard();
  card.set_digest("d2");
  server_.SetModels({card});
  const CommandResult result = Run({"replay", file, "--verify"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("has the digest d2, the recording d1"));
}

}  // namespace
}  // namespace cae
