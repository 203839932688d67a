#include "trainer/recipe/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

constexpr char kSmallest[] = R"({"name": "small", "layers": [{"units": 12}]})";

TEST(RecipeTest, WhatIsLeftOutHasItsDefault) {
  const absl::StatusOr<Recipe> recipe = ParseRecipe(kSmallest);
  ASSERT_THAT(recipe, IsOk());
  EXPECT_EQ(recipe->name, "small");
  EXPECT_EQ(recipe->data, "mnist");
  EXPECT_EQ(recipe->validation_rows, 10'000);
  EXPECT_EQ(recipe->batch_size, 100);
  ASSERT_EQ(recipe->layers.size(), 1u);
  EXPECT_EQ(recipe->layers[0].units, 12);
  EXPECT_TRUE(recipe->layers[0].tied);
  EXPECT_EQ(recipe->schedule, LearningRateSchedule::kCosine);
  EXPECT_FALSE(recipe->finetune.has_value());
}

TEST(RecipeTest, EveryFieldIsReadAndWritten) {
  const std::string text =
      R"({"adam":{"beta1":0.8,"beta2":0.99,"epsilon":1e-06},"batch_size":50,)"
      R"("card":{"default_noise_stddev":3.5,"default_process":"top_layer","default_rank":20,)"
      R"("start_examples":7},"data":"mnist","finetune":{"batch_size":20,"epochs":3,)"
      R"("hidden_dropout":0.5,"input_dropout":0.2,"learning_rate":0.01,"weight_decay":0.001},)"
      R"("layers":[{"activation":"tanh","contraction":2.5,"decoder_activation":"identity",)"
      R"("epochs":4,"learning_rate":0.002,"tied":false,"units":30},{"activation":"relu",)"
      R"("contraction":0.0,"decoder_activation":"logistic","epochs":5,"learning_rate":0.003,)"
      R"("tied":true,"units":20}],"name":"all","schedule":"constant",)"
      R"("seed":18446744073709551615,"storage":"BF16","validation_rows":0})";
  const absl::StatusOr<Recipe> recipe = ParseRecipe(text);
  ASSERT_THAT(recipe, IsOk());
  EXPECT_EQ(SerializeRecipe(*recipe), text);
}

struct FaultCase {
  const char* name;
  const char* json;  // what replaces kSmallest
  const char* message;
};

class RecipeFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(RecipeFaultTest, IsReportedWithItsPointer) {
  EXPECT_THAT(ParseRecipe(GetParam().json),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RecipeFaultTest,
    ::testing::Values(
        FaultCase{"NotJson", "{", "not JSON"}, FaultCase{"NotAnObject", "[]", "the recipe: is []"},
        FaultCase{"TwiceTheSameKey", R"({"name": "a", "name": "b"})", "twice"},
        FaultCase{"NameMissing", R"({"layers": [{"units": 1}]})", "/name: is missing"},
        FaultCase{"LayersMissing", R"({"name": "a"})", "/layers: is missing"},
        FaultCase{"LayersEmpty", R"({"name": "a", "layers": []})", "/layers: must be an array"},
        FaultCase{"UnitsMissing", R"({"name": "a", "layers": [{}]})",
                  "/layers/0/units: is missing"},
        FaultCase{"UnitsZero", R"({"name": "a", "layers": [{"units": 0}]})",
                  "/layers/0/units: is 0; it must be a whole number from 1 to 65536"},
        FaultCase{"UnitsNegative", R"({"name": "a", "layers": [{"units": -3}]})",
                  "/layers/0/units: is -3"},
        FaultCase{"UnitsBroken", R"({"name": "a", "layers": [{"units": 1.5}]})",
                  "/layers/0/units: is 1.5"},
        FaultCase{"WordUnknown",
                  R"({"name": "a", "layers": [{"units": 1, "activation": "sigmoid"}]})",
                  "/layers/0/activation: is \"sigmoid\"; it must be one of \"logistic\", "
                  "\"tanh\", \"relu\", \"identity\""},
        FaultCase{"WordOfWrongType", R"({"name": "a", "schedule": 1, "layers": [{"units": 1}]})",
                  "/schedule: is 1; it must be one of \"cosine\""},
        FaultCase{"TiedNotBoolean", R"({"name": "a", "layers": [{"units": 1, "tied": 1}]})",
                  "/layers/0/tied: is 1; it must be true or false"},
        FaultCase{"ContractionNegative",
                  R"({"name": "a", "layers": [{"units": 1, "contraction": -0.1}]})",
                  "/layers/0/contraction: is -0.1; it must be a number from 0"},
        FaultCase{"LearningRateZero",
                  R"({"name": "a", "layers": [{"units": 1, "learning_rate": 0}]})",
                  "/layers/0/learning_rate: is 0; it must be a number above 0"},
        FaultCase{"BetaOne", R"({"name": "a", "adam": {"beta2": 1}, "layers": [{"units": 1}]})",
                  "/adam/beta2: is 1; it must be a number from 0 and below 1"},
        FaultCase{"DropoutTooLarge",
                  R"({"name": "a", "finetune": {"input_dropout": 1}, "layers": [{"units": 1}]})",
                  "/finetune/input_dropout: is 1"},
        FaultCase{"NoStartExamples",
                  R"({"name": "a", "card": {"start_examples": 0}, "layers": [{"units": 1}]})",
                  "/card/start_examples: is 0"},
        FaultCase{"UnknownField", R"({"name": "a", "layers": [{"units": 1, "lambda": 2}]})",
                  "/layers/0/lambda: is not a field; the fields here are activation, contraction"},
        FaultCase{"UnknownFieldEscaped", R"({"name": "a", "a/b~": 1, "layers": [{"units": 1}]})",
                  "/a~1b~0: is not a field"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RecipeTest, AllFaultsAreListedAtOnce) {
  EXPECT_THAT(
      ParseRecipe(R"({"name": 3, "seed": -1, "layers": [{"units": 0}, {"epochs": "many"}]})"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("5 faults"), HasSubstr("/name: is 3"), HasSubstr("/seed: is -1"),
                     HasSubstr("/layers/0/units: is 0"), HasSubstr("/layers/1/units: is missing"),
                     HasSubstr("/layers/1/epochs: is \"many\""))));
}

TEST(RecipeTest, OverridesReachEveryStage) {
  absl::StatusOr<Recipe> recipe =
      ParseRecipe(R"({"name": "a", "finetune": {}, "layers": [{"units": 1}, {"units": 2}]})");
  ASSERT_THAT(recipe, IsOk());
  RecipeOverrides overrides;
  overrides.seed = 9;
  overrides.epochs = 3;
  ApplyOverrides(overrides, *recipe);
  EXPECT_EQ(recipe->seed, 9u);
  EXPECT_EQ(recipe->layers[0].epochs, 3);
  EXPECT_EQ(recipe->layers[1].epochs, 3);
  EXPECT_EQ(recipe->finetune->epochs, 3);
  overrides.seed.reset();
  overrides.quick = true;
  ApplyOverrides(overrides, *recipe);
  EXPECT_EQ(recipe->layers[1].epochs, 1);
  EXPECT_EQ(recipe->seed, 9u);
}

}  // namespace
}  // namespace cae
