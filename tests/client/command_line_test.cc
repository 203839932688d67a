// What all subcommands share: usage, exit codes, messages, the choice of a model, connections.
#include "client/commands/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_split.h"
#include "proto/codec/status_codec.h"
#include "tests/client/command_test_base.h"

namespace cae {
namespace {

using testing::CommandResult;
using ::testing::EndsWith;
using testing::FakeCard;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CommandLineTest : public testing::CommandTest {
 protected:
  std::string Rows() { return WriteMatrix("rows.npy", Matrix::Constant(2, 4, 0.5f)); }
};

TEST_F(CommandLineTest, EveryHelpHasAnExample) {
  const CommandResult top = RunPlain({"--help"});
  EXPECT_EQ(top.code, 0);
  EXPECT_THAT(top.out, HasSubstr("Examples:\n  cae "));
  for (const std::string name : {"encode", "decode", "reconstruct", "tangents", "sample", "replay",
                                 "classify", "models", "health"}) {
    EXPECT_THAT(top.out, HasSubstr("\n  " + name + " "));
    const CommandResult result = RunPlain({name, "--help"});
    EXPECT_EQ(result.code, 0) << name;
    EXPECT_THAT(result.out, HasSubstr("Examples:\n  cae ")) << name;
    EXPECT_THAT(result.err, IsEmpty()) << name;
  }
}

TEST_F(CommandLineTest, NoHelpIsWiderThanAHundredColumns) {
  for (const std::string name : {"", "encode", "decode", "reconstruct", "tangents", "sample",
                                 "replay", "classify", "models", "health"}) {
    std::vector<std::string> arguments = {"--help"};
    if (!name.empty()) arguments.insert(arguments.begin(), name);
    for (const absl::string_view line : absl::StrSplit(RunPlain(arguments).out, '\n')) {
      EXPECT_LE(line.size(), 100) << line;
    }
  }
}

TEST_F(CommandLineTest, TellsItsVersion) {
  const CommandResult result = RunPlain({"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("cae "));
}

TEST_F(CommandLineTest, WrongUsageIsTwo) {
  const std::string rows = Rows();
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"dream"},
      {"encode"},
      {"encode", "--input", rows, "--nonsense"},
      {"encode", "--input", rows, "--layer", "-1"},
      {"encode", "--input", rows, "--grid", "4"},
      {"encode", "--input", rows, "--grid", "2x2"},
      {"encode", "--input", rows, "--output-type", "float64"},
      {"encode", "--input", rows, "--output", "codes.npy", "--scale", "2"},
      {"encode", "--input", rows, "--output", "codes.png"},
      {"encode", "--input", rows, "--output", "codes.txt"},
      {"encode", "--input", rows, "--output", "-", "--json"},
      {"encode", "--input", rows, "--model", "fake:x"},
      {"decode", "--input", rows, "--output", "x.npy", "--columns", "2"},
      {"sample", "--scale", "0", "--output", "x.png"},
      {"sample", "--grid", "2x2"},
      {"sample", "--record", "-"},
      {"replay"},
      {"sample", "--draws", "0"},
      {"sample", "--process", "sideways"},
      {"tangents", "--input", rows, "--rank", "0"},
      {"models", "--timeout", "never"},
      {"models", "--timeout", "-3"},
      {"models", "fake@"}};
  for (const std::vector<std::string>& arguments : wrong) {
    const CommandResult result = Run(arguments);
    EXPECT_EQ(result.code, 2) << ::testing::PrintToString(arguments);
    EXPECT_THAT(result.err, Not(IsEmpty())) << ::testing::PrintToString(arguments);
    EXPECT_THAT(result.out, IsEmpty()) << ::testing::PrintToString(arguments);
  }
}

TEST_F(CommandLineTest, AFailureHereIsOne) {
  const CommandResult missing = Run({"encode", "--input", Path("none.npy")});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("none.npy"));

  const CommandResult broken = Run({"encode", "--input", Write("broken.npy", "no npy")});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("broken.npy: "));

  const CommandResult unwritable =
      Run({"encode", "--input", Rows(), "--output", Path("no/such/folder/codes.npy")});
  EXPECT_EQ(unwritable.code, 1);

  EXPECT_EQ(Run({"models", "--token-file", Path("none")}).code, 1);
}

TEST_F(CommandLineTest, ARefusalIsTenPlusItsCode) {
  const std::vector<std::pair<absl::Status, int>> cases = {
      {absl::InvalidArgumentError("x"), 13},    {absl::DeadlineExceededError("x"), 14},
      {absl::NotFoundError("x"), 15},           {absl::ResourceExhaustedError("x"), 18},
      {absl::FailedPreconditionError("x"), 19}, {absl::OutOfRangeError("x"), 21},
      {absl::InternalError("x"), 23},           {absl::UnavailableError("x"), 24},
      {absl::UnauthenticatedError("x"), 26}};
  for (const auto& [status, code] : cases) {
    server_.RefuseNext({{status}});
    EXPECT_EQ(Run({"encode", "--input", Rows()}).code, code) << status;
  }
}

TEST_F(CommandLineTest, ShowsTheServersMessageAndWhatToDoNext) {
  server_.RefuseNext({{WithErrorInfo(absl::FailedPreconditionError("model 'fake' has no head"),
                                     "NO_CLASSIFIER")}});
  const CommandResult result = Run({"classify", "--input", Rows()});
  EXPECT_THAT(result.err, HasSubstr("FAILED_PRECONDITION: model 'fake' has no head"));
  EXPECT_THAT(result.err, HasSubstr("`cae models`"));
}

TEST_F(CommandLineTest, SaysHowToStartAServerWhereThereIsNone) {
  const CommandResult result = RunPlain({"models", "--server", "127.0.0.1:1", "--attempts", "1"});
  EXPECT_EQ(result.code, 24);
  EXPECT_THAT(result.err, HasSubstr("`make serve`"));
  EXPECT_THAT(result.err, HasSubstr("127.0.0.1:1"));
}

TEST_F(CommandLineTest, TakesTheServerFromTheEnvironment) {
  setenv("CAE_SERVER", server_.address().c_str(), 1);
  EXPECT_EQ(RunPlain({"models"}).code, 0);
  EXPECT_EQ(RunPlain({"--server", "127.0.0.1:1", "--attempts", "1", "models"}).code, 24);
  unsetenv("CAE_SERVER");
}

TEST_F(CommandLineTest, GivesUpAfterTheTimeout) {
  server_.SetSilent();
  const CommandResult result = Run({"encode", "--input", Rows(), "--timeout", "0.3"});
  EXPECT_EQ(result.code, 14);
  EXPECT_THAT(result.err, HasSubstr("--timeout"));
}

TEST_F(CommandLineTest, TriesAgainAsOftenAsItMay) {
  const testing::Refusal away{absl::UnavailableError("away"), "0"};
  server_.RefuseNext({away, away});
  EXPECT_EQ(
      RunPlain({"encode", "--input", Rows(), "--attempts", "3", "--server", server_.address()})
          .code,
      0);
}

TEST_F(CommandLineTest, SendsTheTokenOfItsFileWithoutTheNewline) {
  EXPECT_EQ(Run({"encode", "--input", Rows(), "--token-file", Write("token", "s3cret\n")}).code, 0);
  EXPECT_EQ(server_.authorization(), "Bearer s3cret");
}

TEST_F(CommandLineTest, TakesTheOnlyModelWithoutAWord) {
  const CommandResult result = Run({"encode", "--input", Rows()});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(server_.encodes()[0].model().name(), "fake");
}

TEST_F(CommandLineTest, TakesTheFirstReadyModelOfSeveralAndSaysSo) {
  v1::Model loading = FakeCard("a");
  loading.set_state(v1::MODEL_STATE_LOADING);
  server_.SetModels({loading, FakeCard("b"), FakeCard("c")});
  const CommandResult result = Run({"encode", "--input", Rows()});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("'b', the first of 2"));
  EXPECT_EQ(server_.encodes()[0].model().name(), "b");
}

TEST_F(CommandLineTest, SaysWhenNoModelIsReady) {
  server_.SetModels({});
  const CommandResult result = Run({"encode", "--input", Rows()});
  EXPECT_EQ(result.code, 19);
  EXPECT_THAT(result.err, HasSubstr("no model of the server is ready"));
}

TEST_F(CommandLineTest, PinsTheVersionBehindALabel) {
  server_.SetModels({FakeCard("fake", 7)});
  EXPECT_EQ(Run({"encode", "--input", Rows(), "--model", "fake@stable"}).code, 0);
  EXPECT_EQ(server_.encodes()[0].model().version(), 7);
}

TEST_F(CommandLineTest, NamesAModelThatIsNotThere) {
  const CommandResult result = Run({"encode", "--input", Rows(), "--model", "other"});
  EXPECT_EQ(result.code, 15);
  EXPECT_THAT(result.err, HasSubstr("`cae models`"));
}

}  // namespace
}  // namespace cae
