#include "server/config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ProblemsOf(absl::string_view text) {
  v1::ServerConfig config;
  std::vector<std::string> problems;
  ParseConfig(text, config, problems);
  return problems;
}

TEST(ConfigFileTest, FindsEveryUnknownField) {
  EXPECT_THAT(ProblemsOf("lisen: 'x'\nlimits {\n  max_row: 3\n}\n"),
              ElementsAre(AllOf(HasSubstr("line 1 column"), HasSubstr("lisen")),
                          AllOf(HasSubstr("line 3 column"), HasSubstr("max_row"))));
}

TEST(ConfigFileTest, SaysThatItStopsAtAnErrorOfSyntax) {
  EXPECT_THAT(ProblemsOf("listen: 'x'\nlimits {\n"),
              ElementsAre(HasSubstr("line 3"), HasSubstr("not read")));
}

TEST(ConfigFileTest, NamesAWordThatAnEnumerationDoesNotHave) {
  EXPECT_THAT(ProblemsOf("log { level: LOUD }"), ::testing::Contains(HasSubstr("LOUD")));
}

TEST(ConfigFileTest, TakesAnyBytes) {
  EXPECT_THAT(ProblemsOf(""), ElementsAre());
  EXPECT_THAT(ProblemsOf(absl::string_view("\0\xff\x01", 3)), ::testing::Not(ElementsAre()));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "limits {";
  EXPECT_THAT(ProblemsOf(deep), ::testing::Not(ElementsAre()));
}

TEST(ConfigFileTest, KeepsWhatStandsBeforeAProblem) {
  v1::ServerConfig config;
  std::vector<std::string> problems;
  ParseConfig("limits { max_rows: 17 }\nwhat: 1", config, problems);
  EXPECT_EQ(config.limits().max_rows(), 17);
}

}  // namespace
}  // namespace cae
