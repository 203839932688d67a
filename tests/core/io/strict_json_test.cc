#include "core/io/strict_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;
using ::cae::testing::StatusIs;
using ::testing::HasSubstr;

TEST(StrictJsonTest, ParsesWhatIsJson) {
  const absl::StatusOr<nlohmann::json> json = ParseStrictJson(R"({"a": [1, -2], "b": "c"} )", 2);
  ASSERT_THAT(json, IsOk());
  EXPECT_EQ((*json)["a"][1], -2);
  EXPECT_EQ((*json)["b"], "c");
}

TEST(StrictJsonTest, RefusesWhatIsNot) {
  for (const absl::string_view text : {"", " ", "{", "{}}", "{} x", "// c\n{}", "[1,]", "{'a': 1}",
                                       "NaN", "1e999", "[\"\xff\"]", "\"\\ud800\""}) {
    EXPECT_THAT(ParseStrictJson(text, 9),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not JSON")))
        << text;
  }
}

TEST(StrictJsonTest, RefusesKeysThatComeTwiceInOneObject) {
  EXPECT_THAT(ParseStrictJson(R"({"a": 1, "a": 1})", 9),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'a' comes twice")));
  EXPECT_THAT(ParseStrictJson(R"({"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}]})", 9), IsOk());
}

TEST(StrictJsonTest, RefusesDeepNestingBeforeItCosts) {
  EXPECT_THAT(ParseStrictJson("[[[]]]", 3), IsOk());
  EXPECT_THAT(ParseStrictJson("[[{}]]", 2),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deeper than 2")));
  EXPECT_THAT(ParseStrictJson(std::string(1 << 20, '['), 3),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deeper than 3")));
}

}  // namespace
}  // namespace cae
