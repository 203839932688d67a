#include "server/config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/config/precision.h"
#include "server/config/setting.h"
#include "tests/testing/temp_repository.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

CommandLine Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "cae-server");
  return ParseCommandLine(static_cast<int>(words.size()), words.data());
}

TEST(CommandLineTest, WithoutFlagsIsTheDocumentedDefault) {
  const CommandLine line = Parse({});
  EXPECT_THAT(line.problems, IsEmpty());
  EXPECT_EQ(line.action, CommandLine::Action::kServe);
  EXPECT_EQ(line.config.listen(), "127.0.0.1:50051");
  EXPECT_EQ(line.config.metrics_listen(), "127.0.0.1:9464");
  EXPECT_EQ(line.config.repository().root(), "models");
  EXPECT_EQ(line.config.limits().max_rows(), 4096);
  EXPECT_EQ(line.config.drain().lead_seconds(), 2);
  EXPECT_EQ(line.config.log().level(), v1::LOG_LEVEL_INFO);
  EXPECT_EQ(line.config.log().format(), v1::LOG_FORMAT_JSON);
  EXPECT_TRUE(line.config.reflection());
}

TEST(CommandLineTest, TakesValuesBehindAnEqualsSignAndAsTheNextWord) {
  const CommandLine line = Parse({"--listen=0.0.0.0:1", "--threads", "3", "--log-level", "debug",
                                  "--drain-lead=0.5", "--reflection=false"});
  EXPECT_THAT(line.problems, IsEmpty());
  EXPECT_EQ(line.config.listen(), "0.0.0.0:1");
  EXPECT_EQ(line.config.compute().threads(), 3);
  EXPECT_EQ(line.config.log().level(), v1::LOG_LEVEL_DEBUG);
  EXPECT_EQ(line.config.drain().lead_seconds(), 0.5);
  EXPECT_FALSE(line.config.reflection());
}

TEST(CommandLineTest, ATruthValueMayStandAlone) {
  const CommandLine line = Parse({"--start-without-models", "--reflection", "false"});
  EXPECT_THAT(line.problems, IsEmpty());
  EXPECT_TRUE(line.config.repository().start_without_models());
  EXPECT_FALSE(line.config.reflection());
}

TEST(CommandLineTest, AnEmptyValueSwitchesTheMetricsListenerOff) {
  for (const auto& words :
       std::vector<std::vector<const char*>>{{"--metrics-listen="}, {"--metrics-listen", ""}}) {
    const CommandLine line = Parse(words);
    EXPECT_THAT(line.problems, IsEmpty());
    EXPECT_EQ(line.config.metrics_listen(), "");
  }
}

TEST(CommandLineTest, TheLastOfSeveralValuesCounts) {
  const CommandLine line = Parse({"--threads=1", "--threads=2"});
  EXPECT_THAT(line.problems, IsEmpty());
  EXPECT_EQ(line.config.compute().threads(), 2);
}

TEST(CommandLineTest, ModelMayBeRepeated) {
  const CommandLine line = Parse({"--model", "a", "--model=b"});
  EXPECT_THAT(line.problems, IsEmpty());
  EXPECT_THAT(line.config.repository().only(), ElementsAre("a", "b"));
}

TEST(CommandLineTest, TakesVersionPolicies) {
  EXPECT_EQ(
      Parse({"--version-policy=latest:3"}).config.repository().version_policy().latest().count(),
      3);
  EXPECT_TRUE(Parse({"--version-policy=all"}).config.repository().version_policy().has_all());
  EXPECT_THAT(
      Parse({"--version-policy=1,4"}).config.repository().version_policy().specific().versions(),
      ElementsAre(1, 4));
  for (const char* policy : {"newest", "latest:", "1,x", "latest:0", "0"}) {
    const std::string flag = absl::StrCat("--version-policy=", policy);
    EXPECT_THAT(Parse({flag.c_str()}).problems, ::testing::SizeIs(1)) << policy;
  }
}

bool HasBFloat16() { return __builtin_cpu_supports("avx512bf16") != 0; }

TEST(CommandLineTest, TakesAPrecisionForAllModelsAndForOne) {
  if (!HasBFloat16()) GTEST_SKIP() << "the processor has no bfloat16";
  const CommandLine one = Parse({"--precision", "a=bf16"});
  EXPECT_THAT(one.problems, IsEmpty());
  EXPECT_EQ(PrecisionOf(one.config.repository(), "a"), Precision::kBFloat16);
  EXPECT_EQ(PrecisionOf(one.config.repository(), "b"), Precision::kFloat32);
  const CommandLine all = Parse({"--precision=b=float32", "--precision=bf16"});
  EXPECT_THAT(all.problems, IsEmpty());
  EXPECT_EQ(PrecisionOf(all.config.repository(), "a"), Precision::kBFloat16);
  EXPECT_EQ(PrecisionOf(all.config.repository(), "b"), Precision::kFloat32);
}

TEST(CommandLineTest, PrecisionFlagsOverrideTheFile) {
  if (!HasBFloat16()) GTEST_SKIP() << "the processor has no bfloat16";
  const testing::TempRepository folder;
  const std::string file = folder.AddFile("server.textproto", R"(
      repository {
        precision: PRECISION_BFLOAT16
        models { name: "a" precision: PRECISION_FLOAT32 labels { label: "stable" version: 1 } }
        models { name: "b" precision: PRECISION_FLOAT32 }
      })");
  const std::string config = absl::StrCat("--config=", file);
  const auto precision = [](const CommandLine& line, const char* model) {
    EXPECT_THAT(line.problems, IsEmpty());
    return PrecisionOf(line.config.repository(), model);
  };
  const CommandLine as_filed = Parse({config.c_str()});
  EXPECT_EQ(precision(as_filed, "a"), Precision::kFloat32);
  EXPECT_EQ(precision(as_filed, "c"), Precision::kBFloat16);
  const CommandLine one = Parse({config.c_str(), "--precision=a=bf16"});
  EXPECT_EQ(precision(one, "a"), Precision::kBFloat16);
  EXPECT_EQ(precision(one, "b"), Precision::kFloat32);
  EXPECT_THAT(one.config.repository().models(0).labels(), ::testing::SizeIs(1));
  const CommandLine all = Parse({config.c_str(), "--precision=bf16"});
  EXPECT_EQ(precision(all, "a"), Precision::kBFloat16);
  EXPECT_EQ(precision(all, "b"), Precision::kBFloat16);
}

TEST(CommandLineTest, RefusesAPrecisionThatIsNoneOrThatTheMachineLacks) {
  for (const char* flag : {"--precision=fp8", "--precision=a=fp8", "--precision=../a=float32"}) {
    EXPECT_THAT(Parse({flag}).problems, ::testing::SizeIs(1)) << flag;
  }
  EXPECT_THAT(Parse({"--precision=bf16", "--isa=sse41"}).problems,
              ElementsAre(AllOf(HasSubstr("--precision"), HasSubstr("--isa"), HasSubstr("sse41"))));
  EXPECT_THAT(Parse({"--precision=float32", "--isa=sse41"}).problems, IsEmpty());
  if (HasBFloat16()) return;
  EXPECT_THAT(Parse({"--precision=a=bf16"}).problems,
              ElementsAre(AllOf(HasSubstr("--precision"), HasSubstr("AVX512_BF16"))));
}

TEST(CommandLineTest, FlagsOverrideTheFile) {
  const testing::TempRepository folder;
  const std::string file = folder.AddFile("server.textproto", R"(
      listen: "127.0.0.1:1111"  # a comment
      compute { threads: 7 isa: "" }
      repository { only: "a" version_policy { all {} } })");
  const CommandLine line =
      Parse({"--config", file.c_str(), "--threads=8", "--model=b", "--version-policy=latest"});
  EXPECT_THAT(line.problems, IsEmpty());
  EXPECT_EQ(line.config.listen(), "127.0.0.1:1111");
  EXPECT_EQ(line.config.compute().threads(), 8);
  EXPECT_THAT(line.config.repository().only(), ElementsAre("b"));
  EXPECT_TRUE(line.config.repository().version_policy().has_latest());
}

TEST(CommandLineTest, ListsTheProblemsOfFlagsAndFileAtOnce) {
  const testing::TempRepository folder;
  const std::string file =
      folder.AddFile("server.textproto", "limits { max_rows: 0 what: 1 } auth {}");
  const CommandLine line = Parse({"--config", file.c_str(), "--threads=many", "--frobnicate", "3",
                                  "stray", "--listen=here", "--log-level=loud"});
  EXPECT_THAT(line.problems,
              UnorderedElementsAre(
                  AllOf(HasSubstr("server.textproto"), HasSubstr("line 1"), HasSubstr("what")),
                  AllOf(HasSubstr("limits.max_rows"), HasSubstr("0")), HasSubstr("auth"),
                  AllOf(HasSubstr("--threads"), HasSubstr("many")),
                  AllOf(HasSubstr("--frobnicate"), HasSubstr("no such flag")), HasSubstr("stray"),
                  AllOf(HasSubstr("--listen"), HasSubstr("'here'")),
                  AllOf(HasSubstr("--log-level"), HasSubstr("info"))));
}

TEST(CommandLineTest, NamesAFileThatCannotBeRead) {
  EXPECT_THAT(Parse({"--config=/no/such/file"}).problems,
              ElementsAre(AllOf(HasSubstr("--config"), HasSubstr("/no/such/file"))));
}

TEST(CommandLineTest, AMissingValueIsAProblemAndNoCrash) {
  EXPECT_THAT(Parse({"--threads"}).problems, ElementsAre(HasSubstr("--threads")));
}

TEST(CommandLineTest, HelpAndVersionAreAnswersWhateverElseThereIs) {
  const CommandLine help = Parse({"--help", "--config=/no/such/file"});
  EXPECT_EQ(help.action, CommandLine::Action::kShowHelp);
  EXPECT_THAT(help.problems, IsEmpty());
  EXPECT_EQ(Parse({"--version"}).action, CommandLine::Action::kShowVersion);
  EXPECT_EQ(Parse({"--check-config"}).action, CommandLine::Action::kCheckConfig);
}

TEST(CommandLineTest, HelpNamesEveryFlagWithItsDefault) {
  const std::string help = Parse({"-h"}).help;
  for (const Setting& setting : Settings()) {
    EXPECT_THAT(help, HasSubstr(absl::StrCat("--", setting.flag, " ", setting.value_name)));
    if (setting.default_value.empty()) continue;
    EXPECT_THAT(help, HasSubstr(absl::StrCat("[", setting.default_value, "]")));
  }
  EXPECT_THAT(help, HasSubstr("Examples:"));
}

}  // namespace
}  // namespace cae
