#include "trainer/recipe/recipe_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

Recipe Base() { return *ParseRecipe("name: 'a' layers { units: 8 } layers { units: 6 }"); }

TEST(RecipeGridTest, MakesEveryCombinationTheLastListFastest) {
  const auto grid = ParseRecipeGrid(Base(), R"({
      "vary": {"/layers/1/contraction": [0.5, 3], "/seed": [1, 2, 3]},
      "then": [["evaluate", "MODEL", "--json"]]})");
  ASSERT_THAT(grid, IsOk());
  ASSERT_EQ(grid->trials.size(), 6u);
  EXPECT_EQ(grid->trials[1].values, R"({"/layers/1/contraction":0.5,"/seed":2})");
  EXPECT_EQ(grid->trials[1].recipe.seed(), 2u);
  EXPECT_EQ(grid->trials[5].recipe.layers(1).contraction(), 3);
  EXPECT_EQ(grid->trials[5].recipe.layers(0).contraction(), 1);
  EXPECT_THAT(grid->then, ElementsAre(ElementsAre("evaluate", "MODEL", "--json")));
}

TEST(RecipeGridTest, VariesWhatTheRecipeLeavesOut) {
  const auto grid =
      ParseRecipeGrid(Base(), R"({"vary": {"/joint/walkback/noise_stddev": [0.7, 0.9]}})");
  ASSERT_THAT(grid, IsOk());
  EXPECT_EQ(grid->trials[1].recipe.joint().walkback().noise_stddev(), 0.9);
}

struct FaultCase {
  const char* name;
  const char* text;
  const char* message;
};
class RecipeGridFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(RecipeGridFaultTest, IsReported) {
  EXPECT_THAT(ParseRecipeGrid(Base(), GetParam().text),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RecipeGridFaultTest,
    ::testing::Values(
        FaultCase{"NotJson", "{", "not JSON"}, FaultCase{"NotAnObject", "[]", "JSON object"},
        FaultCase{"NothingToVary", "{}", "/vary: must be an object"},
        FaultCase{"UnknownField", R"({"vary": {"/seed": [1]}, "grid": 1})",
                  "/grid: is not a field"},
        FaultCase{"NoPointer", R"({"vary": {"seed": [1]}})", "\"seed\": is no JSON pointer"},
        FaultCase{"NoValues", R"({"vary": {"/seed": []}})", "\"/seed\": must have a list"},
        FaultCase{"NotAList", R"({"vary": {"/seed": 1}})", "\"/seed\": must have a list"},
        FaultCase{"WrongThen", R"({"vary": {"/seed": [1]}, "then": ["evaluate"]})",
                  "/then: must be a list of commands"},
        FaultCase{"BelowAScalar", R"({"vary": {"/seed/x": [1]}})", "names nothing in the recipe"},
        FaultCase{"FaultyRecipe", R"({"vary": {"/seed": [1, 2], "/layers/0/units": [8, 0]}})",
                  "with {\"/layers/0/units\":0,\"/seed\":1}: 1 fault:\n  /layers/0/units: is 0"},
        FaultCase{"UnknownRecipeField", R"({"vary": {"/layers/0/lambda": [1]}})",
                  "/layers/0/lambda: is not a field"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RecipeGridTest, RefusesMoreTrialsThanAnybodyWaitsFor) {
  std::vector<int> values(101);
  std::iota(values.begin(), values.end(), 1);
  const std::string list = absl::StrJoin(values, ",");
  EXPECT_THAT(ParseRecipeGrid(Base(), absl::StrCat(R"({"vary": {"/seed": [)", list,
                                                   R"(], "/batch_size": [)", list, "]}}")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("/vary"), HasSubstr("more than 10000"))));
}

}  // namespace
}  // namespace cae
