#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/command_test_base.h"

namespace cae {
namespace {

using testing::CommandResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SampleCommandTest : public testing::CommandTest {};

TEST_F(SampleCommandTest, SummarisesTheRunAndTellsHowToRepeatIt) {
  const CommandResult result = Run({"sample", "--chains", "3", "--draws", "2"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 draws of each of 3 chains by model 'fake' v3"));
  EXPECT_THAT(result.out, HasSubstr("mean-pixel"));
  EXPECT_THAT(result.out, HasSubstr("1.5"));
  EXPECT_THAT(result.out, HasSubstr("mean displacement per step 0.125"));
  EXPECT_THAT(result.out, HasSubstr("seed 42, noise 0.5, process composed, rank 0\n"));
  EXPECT_THAT(result.out,
              HasSubstr("repeat with: cae sample --model fake:3 --seed 42 --noise 0.5 --process "
                        "composed --rank 0 --chains 3 --first-chain 0 --draws 2 --burn-in 0 "
                        "--thinning 1\n"));
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(SampleCommandTest, PassesEveryOptionOn) {
  const std::string start = WriteGreyPng("start.png", 2, 2, {1, 2, 3, 4});
  const CommandResult result = Run({"sample",
                                    "--chains",
                                    "2",
                                    "--draws",
                                    "3",
                                    "--burn-in",
                                    "5",
                                    "--thinning",
                                    "4",
                                    "--noise",
                                    "0",
                                    "--rank",
                                    "2",
                                    "--process",
                                    "top-layer",
                                    "--seed",
                                    "18446744073709551615",
                                    "--first-chain",
                                    "100",
                                    "--initial",
                                    start,
                                    "--diagnostics",
                                    "classes"});
  EXPECT_EQ(result.code, 0) << result.err;
  const v1::SampleRequest request = server_.samples()[0];
  EXPECT_EQ(request.chains(), 2);
  EXPECT_EQ(request.draws(), 3);
  EXPECT_EQ(request.burn_in(), 5);
  EXPECT_EQ(request.thinning(), 4);
  EXPECT_TRUE(request.has_noise_stddev());
  EXPECT_EQ(request.noise_stddev(), 0);
  EXPECT_EQ(request.rank(), 2);
  EXPECT_EQ(request.process(), v1::SAMPLE_PROCESS_TOP_LAYER);
  EXPECT_EQ(request.seed(), 18446744073709551615u);
  EXPECT_EQ(request.first_chain(), 100);
  EXPECT_EQ(request.initial_inputs().data_type(), v1::DATA_TYPE_UINT8);
  EXPECT_EQ(request.initial_inputs().data(), std::string("\x01\x02\x03\x04", 4));
  EXPECT_EQ(request.diagnostics(), v1::DIAGNOSTICS_LEVEL_CLASSES);
  EXPECT_THAT(result.out, HasSubstr("--process top-layer --rank 2 --chains 2 --first-chain 100 "));
  EXPECT_THAT(result.out, HasSubstr(" --initial " + start));
}

TEST_F(SampleCommandTest, LeavesTheCardsDefaultsToTheServer) {
  EXPECT_EQ(Run({"sample"}).code, 0);
  const v1::SampleRequest request = server_.samples()[0];
  EXPECT_FALSE(request.has_noise_stddev());
  EXPECT_FALSE(request.has_rank());
  EXPECT_FALSE(request.has_seed());
  EXPECT_FALSE(request.has_initial_inputs());
  EXPECT_EQ(request.process(), v1::SAMPLE_PROCESS_UNSPECIFIED);
  EXPECT_EQ(request.chains(), 10);
  EXPECT_EQ(request.draws(), 10);
}

TEST_F(SampleCommandTest, APictureHasARowForEachChain) {
  const CommandResult result =
      Run({"sample", "--chains", "2", "--draws", "3", "--output", Path("s.png")});
  EXPECT_EQ(result.code, 0) << result.err;
  const Image picture = ReadPng("s.png");
  EXPECT_EQ(picture.height, 2 * 2 + 1);
  EXPECT_EQ(picture.width, 3 * 2 + 2);
  EXPECT_EQ(picture.pixels[0], 0);                       // chain 0, draw 0
  EXPECT_EQ(picture.pixels[6], 1);                       // chain 0, draw 2: 0.002
  EXPECT_EQ(picture.pixels[3 * picture.width + 0], 26);  // chain 1, draw 0: 0.1
}

TEST_F(SampleCommandTest, WritesDrawsAndCodesAsNpz) {
  const CommandResult result = Run(
      {"sample", "--chains", "2", "--draws", "3", "--output", Path("s.npz"), "--codes", "--json"});
  EXPECT_EQ(result.code, 0) << result.err;
  const NpyArray samples = ReadNpz("s.npz", "samples"), codes = ReadNpz("s.npz", "codes");
  EXPECT_THAT(samples.shape, ElementsAre(3, 2, 4));
  EXPECT_THAT(codes.shape, ElementsAre(3, 2, 3));
  EXPECT_EQ(samples.values(2, 4), 0.102f);  // draw 2, chain 1
  EXPECT_EQ(codes.values(2, 3), 0.204f);
  const nlohmann::json json = result.json();
  EXPECT_EQ(json["seed"], 42);
  EXPECT_EQ(json["process"], "composed");
  EXPECT_EQ(json["samples"]["shape"].dump(), "[3,2,4]");
  EXPECT_EQ(json["codes"]["file"], Path("s.npz"));
  EXPECT_EQ(json["codes"]["array"], "codes");
  EXPECT_EQ(json["diagnostics"]["statistics"][0]["split_r_hat"], 1.5);
  EXPECT_TRUE(server_.samples()[0].include_codes());
}

TEST_F(SampleCommandTest, NpyOnStandardOutputLeavesTheSummaryToStderr) {
  const CommandResult result = Run({"sample", "--chains", "2", "--draws", "1", "--output", "-"});
  EXPECT_EQ(result.code, 0) << result.err;
  const auto samples = ParseNpy(result.out);
  ASSERT_TRUE(samples.ok()) << samples.status();
  EXPECT_THAT(samples->shape, ElementsAre(1, 2, 4));
  EXPECT_THAT(result.err, HasSubstr("repeat with:"));
}

TEST_F(SampleCommandTest, ShowsProgressOnATerminalOnly) {
  const std::vector<std::string> command = {"sample", "--chains", "1", "--draws", "4"};
  EXPECT_THAT(Run(command, "", true).err, HasSubstr("] 4/4 draws"));
  EXPECT_THAT(Run(command, "", false).err, IsEmpty());
}

TEST_F(SampleCommandTest, ABrokenStreamGoesOnWithTheSameDraws) {
  const std::vector<std::string> command = {"sample",      "--chains", "2",
                                            "--draws",     "5",        "--output",
                                            Path("s.npy"), "--server", server_.address()};
  ASSERT_EQ(RunPlain(command).code, 0);
  const std::string unbroken = Read("s.npy");
  server_.BreakNextStreams({{2, absl::UnavailableError("draining")}});
  const CommandResult result = RunPlain(command);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(Read("s.npy"), unbroken);
  EXPECT_EQ(server_.samples().size(), 3);
}

TEST_F(SampleCommandTest, AStreamThatFailsIsTenPlusItsCode) {
  server_.BreakNextStreams({{1, absl::InternalError("lost")}});
  const CommandResult result = Run({"sample", "--output", Path("s.npy")});
  EXPECT_EQ(result.code, 23);
  EXPECT_THAT(result.err, HasSubstr("INTERNAL: lost"));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(SampleCommandTest, SaysWhenTheServerSendsTooFewDraws) {
  server_.BreakNextStreams({{1, absl::OkStatus()}});
  const CommandResult result = Run({"sample", "--draws", "3"});
  EXPECT_EQ(result.code, 23);
  EXPECT_THAT(result.err, HasSubstr("1 of 3 draws"));
}

TEST_F(SampleCommandTest, RefusesMoreThanItCouldHold) {
  const CommandResult result = Run({"sample", "--chains", "1000000", "--draws", "1000000"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--first-chain"));
  EXPECT_TRUE(server_.samples().empty());
}

TEST_F(SampleCommandTest, AStateFileGoesOnWithTheSameChains) {
  const std::vector<std::string> command = {"sample",  "--draws",     "3",        "--chains",   "2",
                                            "--state", Path("state"), "--output", Path("s.npy")};
  ASSERT_EQ(Run(command).code, 0);
  EXPECT_EQ(ReadNpy("s.npy").values(2, 0), 0.002f);
  const CommandResult second =
      Run({"sample", "--draws", "2", "--state", Path("state"), "--output", Path("s.npy")});
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(ReadNpy("s.npy").shape, ElementsAre(2, 2, 4));
  EXPECT_EQ(ReadNpy("s.npy").values(0, 0), 0.003f);
  EXPECT_THAT(second.out, HasSubstr("draws 3 to 4 since the start of the chains"));
  EXPECT_THAT(second.out, HasSubstr("the next run goes on with draw 5"));
  EXPECT_EQ(server_.samples()[1].resume_from().draws_done(), 3);
  EXPECT_EQ(server_.samples()[1].chains(), 0) << "the state says how many";
  EXPECT_EQ(server_.samples()[1].model().name(), "fake");
}

TEST_F(SampleCommandTest, AFailedRunLeavesTheStateFileAsItWas) {
  ASSERT_EQ(Run({"sample", "--draws", "3", "--state", Path("state")}).code, 0);
  const std::string before = Read("state");
  server_.BreakNextStreams({{1, absl::InternalError("lost")}});
  EXPECT_EQ(Run({"sample", "--draws", "3", "--state", Path("state")}).code, 23);
  EXPECT_EQ(Run({"sample", "--draws", "3", "--state", Path("state"), "--output",
                 Path("no/such/folder/s.npy")})
                .code,
            1);
  EXPECT_EQ(Read("state"), before);
}

TEST_F(SampleCommandTest, NamesAStateFileThatIsDamaged) {
  const CommandResult result = Run({"sample", "--state", Write("state", "not one")});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("state: not a saved chain state"));
}

TEST_F(SampleCommandTest, PassesTheOutputTypeOn) {
  const CommandResult result =
      Run({"sample", "--draws", "1", "--output-type", "float16", "--output", Path("s.npy")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(server_.samples()[0].output_data_type(), v1::DATA_TYPE_FLOAT16);
  EXPECT_EQ(ReadNpy("s.npy").dtype, "<f2");
}

TEST_F(SampleCommandTest, PrintsTheChangesOfClass) {
  const CommandResult result = Run({"sample", "--draws", "2", "--diagnostics", "classes"});
  EXPECT_THAT(result.out, HasSubstr("the class changed between 3 of 10 pairs of draws\n"));
  EXPECT_THAT(result.out, HasSubstr("FROM \\ TO  zero  one  two\n"));
  EXPECT_THAT(result.out, HasSubstr("one        .     2    .\n"));
  const CommandResult json = Run({"sample", "--draws", "2", "--diagnostics", "classes", "--json"});
  EXPECT_EQ(json.json()["diagnostics"]["class_transitions"].dump(), "[[4,3,0],[0,2,0],[0,0,1]]");
}

}  // namespace
}  // namespace cae
