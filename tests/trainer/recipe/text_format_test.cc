#include "trainer/recipe/text_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using Json = nlohmann::json;

Json Parsed(const std::string& text) {
  const absl::StatusOr<Json> tree = ParseTextFormat(text, 4);
  EXPECT_THAT(tree, IsOk()) << text;
  return tree.ok() ? *tree : Json();
}

TEST(ParseTextFormatTest, ValuesOfEveryKind) {
  EXPECT_EQ(
      Parsed("a: 1 b: -2 c: 0x10 d: 1.5 e: -.5 f: true g: WORD h: 'x' \"y\\n\""),
      Json::parse(R"({"a":1,"b":-2,"c":16,"d":1.5,"e":-0.5,"f":true,"g":"WORD","h":"xy\n"})"));
  EXPECT_EQ(Parsed("a: 18446744073709551615")["a"], 18446744073709551615u);
  EXPECT_EQ(Parsed("a: -9223372036854775808 b: 99999999999999999999"),
            (Json{{"a", -9223372036854775808.0}, {"b", 1e20}}));
  EXPECT_EQ(Parsed(""), Json::object());
}

TEST(ParseTextFormatTest, MessagesListsAndRepetitions) {
  EXPECT_EQ(Parsed("m { a: 1 } m: < a: 2, > l: [1, 2] l: 3; e: []"),
            Json::parse(R"({"m":[{"a":1},{"a":2}],"l":[1,2,3],"e":[]})"));
}

TEST(ParseTextFormatTest, FaultsHaveLineAndColumn) {
  for (const auto& [text, message] :
       {std::pair("a: 1\n  b 2", "line 2 column 5: expected ':' or '{', found '2'"),
        std::pair("a {",
                  "line 1 column 4: expected the name of a field, found the end of the text"),
        std::pair("a: [1 2]", "expected ',' or ']'"), std::pair("a: ", "expected a value"),
        std::pair("a: -x", "expected a value, found 'x'"), std::pair("3: 4", "expected the name"),
        std::pair("a: }", "expected a value, found '}'"),
        std::pair("[a.b]: 1", "expected the name"),
        std::pair("a { b { c { d { } } } }", "deeper than 4 levels")}) {
    EXPECT_THAT(ParseTextFormat(text, 4),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << text;
  }
}

TEST(ParseTextFormatTest, SeveralFaultsOfTheTokensAreListed) {
  EXPECT_THAT(ParseTextFormat("a: 'one\nb: 0x\nc: 1", 4),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("line 1"), HasSubstr("line 2"))));
}

TEST(ParseTextFormatTest, DepthIsLimitedBeforeTheStackIs) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "a{";
  EXPECT_THAT(ParseTextFormat(deep, 8), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cae
