#include "core/base/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

/// Gives the process its default logger back.
class LoggingTest : public ::testing::Test {
 protected:
  ~LoggingTest() override { InitLogging(LogFormat::kText); }

  /// The lines that a call wrote on stderr.
  template <typename Call>
  std::vector<std::string> Lines(Call call) {
    CaptureStderr();
    call();
    std::vector<std::string> lines = absl::StrSplit(GetCapturedStderr(), '\n', absl::SkipEmpty());
    return lines;
  }
};

TEST_F(LoggingTest, JsonLineIsAnObjectWithTimeLevelAndMessage) {
  InitLogging(LogFormat::kJson);
  const auto lines = Lines([] { spdlog::warn("loaded {} models", 2); });
  ASSERT_EQ(lines.size(), 1u);
  const auto line = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(line.size(), 3u);
  EXPECT_EQ(line.at("level"), "warning");
  EXPECT_EQ(line.at("message"), "loaded 2 models");
  EXPECT_THAT(
      line.at("time").get<std::string>(),
      ::testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
}

TEST_F(LoggingTest, JsonMessagesComeBackWhateverTheyHold) {
  InitLogging(LogFormat::kJson);
  std::string controls;
  for (char c = 1; c < 0x20; ++c) controls.push_back(c);
  for (const std::string& message :
       {std::string("say \"hi\""), std::string("C:\\models\\x"), std::string("two\nlines\r\n"),
        std::string("tab\there"), controls, std::string("nul \0 inside", 12),
        std::string("σ = ½, 数"), std::string("{\"a\": [1]}"), std::string("\",\"level\":\"off"),
        std::string("percent %v {}"), std::string("\x7f"), std::string()}) {
    const auto lines = Lines([&message] { spdlog::info("{}", message); });
    ASSERT_EQ(lines.size(), 1u) << message;
    EXPECT_EQ(nlohmann::json::parse(lines[0]).at("message"), message) << lines[0];
  }
}

TEST_F(LoggingTest, TextLineHasTimeLevelAndMessage) {
  InitLogging(LogFormat::kText);
  const auto lines = Lines([] { spdlog::error("cannot bind"); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0],
              ::testing::ContainsRegex("^[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z error +cannot bind$"));
}

TEST_F(LoggingTest, NothingGoesToStdout) {
  InitLogging(LogFormat::kText);
  ::testing::internal::CaptureStdout();
  const auto lines = Lines([] { spdlog::info("hello"); });
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(lines.size(), 1u);
}

TEST_F(LoggingTest, LevelsBelowTheOneSetAreSilent) {
  InitLogging(LogFormat::kJson);
  const auto log_all = [] {
    spdlog::trace("trace");
    spdlog::debug("debug");
    spdlog::info("info");
    spdlog::warn("warning");
    spdlog::error("error");
  };
  const std::vector<std::string> levels = {"trace", "debug", "info", "warning", "error", "off"};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    ASSERT_THAT(SetLogLevel(levels[i]), IsOk());
    std::vector<std::string> heard;
    for (const std::string& line : Lines(log_all)) {
      heard.push_back(nlohmann::json::parse(line).at("level"));
    }
    EXPECT_EQ(heard, std::vector<std::string>(levels.begin() + i, levels.end() - 1)) << levels[i];
  }
}

TEST_F(LoggingTest, InformationIsLoggedByDefaultAndDebuggingIsNot) {
  InitLogging(LogFormat::kJson);
  const auto lines = Lines([] {
    spdlog::debug("no");
    spdlog::info("yes");
  });
  EXPECT_THAT(lines, ElementsAre(HasSubstr("yes")));
}

TEST_F(LoggingTest, OtherWordsAreNoLevelAndChangeNothing) {
  InitLogging(LogFormat::kJson);
  ASSERT_THAT(SetLogLevel("error"), IsOk());
  for (const char* word : {"", "warn", "INFO", "verbose", "5"}) {
    EXPECT_THAT(SetLogLevel(word), StatusIs(absl::StatusCode::kInvalidArgument,
                                            AllOf(HasSubstr(std::string("'") + word + "'"),
                                                  HasSubstr("trace, debug, info"))));
  }
  EXPECT_THAT(Lines([] { spdlog::warn("silent"); }), ElementsAre());
}

}  // namespace
}  // namespace cae
