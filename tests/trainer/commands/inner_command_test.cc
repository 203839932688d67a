#include "trainer/commands/inner_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <ostream>

#include "tests/trainer/commands/program_test.h"
#include "tests/trainer/commands/raising_buffer.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::WriteBytes;

class InnerCommandTest : public testing::ProgramTest {
 protected:
  InnerResult RunInner(const std::vector<std::string>& words) {
    Streams streams{out_, err_};
    return RunInnerCommand(words, streams);
  }
};

TEST_F(InnerCommandTest, KeepsAllLinesOfAnError) {
  WriteBytes(recipe(), R"({"name": "x", "layers": [{"units": 0, "lambda": 1}]})");
  const InnerResult result = RunInner(OnData("train"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_FALSE(result.stopped);
  EXPECT_THAT(result.reason, AllOf(StartsWith(recipe() + ": 2 faults"),
                                   HasSubstr("/layers/0/units"), HasSubstr("/layers/0/lambda")));
  EXPECT_THAT(err_.str(), HasSubstr("cae-train: " + result.reason));
}

TEST_F(InnerCommandTest, KeepsWhatItPrintsToItself) {
  const InnerResult result = RunInner(OnData("train", {"--quick"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, model() + "\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(InnerCommandTest, KnowsOfASignalOfItsOwnTimeAlone) {
  testing::RaisingBuffer buffer(SIGTERM, "layer 1");
  std::ostream err(&buffer);
  Streams streams{out_, err};
  const InnerResult stopped = RunInnerCommand(OnData("train"), streams);
  EXPECT_EQ(stopped.exit_code, 128 + SIGTERM);
  EXPECT_TRUE(stopped.stopped);
  // A command that does not look for signals leaves the earlier one where it is.
  EXPECT_FALSE(
      RunInner({"check-gradient", "--inputs", "3", "--units", "2", "--rows", "2"}).stopped);
}

}  // namespace
}  // namespace cae
