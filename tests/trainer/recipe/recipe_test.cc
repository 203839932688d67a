#include "trainer/recipe/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
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
  EXPECT_EQ(recipe->name(), "small");
  EXPECT_EQ(recipe->data(), "mnist");
  EXPECT_EQ(recipe->validation_rows(), 10'000u);
  EXPECT_EQ(recipe->batch_size(), 100u);
  ASSERT_EQ(recipe->layers_size(), 1);
  EXPECT_EQ(recipe->layers(0).units(), 12u);
  EXPECT_TRUE(recipe->layers(0).tied());
  EXPECT_EQ(recipe->schedule(), recipe::v1::SCHEDULE_COSINE);
  EXPECT_TRUE(recipe->has_adam());
  EXPECT_FALSE(recipe->has_finetune());
}

// Every field, none at its default.
constexpr char kEverything[] =
    R"({"batch_size":50,)"
    R"("card":{"default_noise_stddev":3.5,"default_process":"top_layer","default_rank":20,)"
    R"("start_examples":7},"data":"mnist","decay_epochs":2,"decay_factor":0.25,)"
    R"("finetune":{"batch_size":20,"epochs":3,"hidden_dropout":0.5,"input_dropout":0.2,)"
    R"("label_smoothing":0.05,"learning_rate":0.01,"patience":2,"tangents":{"combinations":2,"rank":9,"weight":0.5},)"
    R"("weight_decay":0.001},)"
    R"("joint":{"contraction_factor":0.5,"corruption":{"masking":0.1,"noise_stddev":0.3,)"
    R"("salt_and_pepper":0.2},"epochs":6,"learning_rate":0.004,)"
    R"("walkback":{"noise_stddev":0.9,"probability":0.25}},)"
    R"("layers":[{"activation":"tanh","contraction":2.5,"corruption":{"masking":0.25,)"
    R"("noise_stddev":0.0,"salt_and_pepper":0.0},"decoder_activation":"identity",)"
    R"("epochs":4,"learning_rate":0.002,"stability":{"copies":3,"noise_stddev":0.125,)"
    R"("weight":2.0},"tied":false,"units":30},{"activation":"relu",)"
    R"("contraction":0.0,"decoder_activation":"relu","epochs":5,)"
    R"("invariance":{"copies":1,"noise_stddev":1.5,"weight":4.0},"learning_rate":0.003,)"
    R"("tied":true,"units":20}],"name":"all","schedule":"step","seed":18446744073709551615,)"
    R"("sgd":{"momentum":0.5,"nesterov":true},"standardise":{"minimum_stddev":0.05},)"
    R"("storage":"bf16","validation_rows":1,"warmup_epochs":1.5})";

TEST(RecipeTest, EveryFieldIsReadAndWritten) {
  const absl::StatusOr<Recipe> recipe = ParseRecipe(kEverything);
  ASSERT_THAT(recipe, IsOk());
  EXPECT_EQ(SerializeRecipe(*recipe), kEverything);
}

TEST(RecipeTest, TheTextFormatSaysTheSame) {
  const absl::StatusOr<Recipe> recipe = ParseRecipe(R"(
      name: "all" data: "mnist" validation_rows: 1 seed: 0xffffffffffffffff batch_size: 50
      sgd { momentum: .5 nesterov: true }
      schedule: SCHEDULE_STEP decay_epochs: 2, decay_factor: 0.25; warmup_epochs: 1.5f
      layers: [{ units: 30 activation: ACTIVATION_TANH decoder_activation: identity
                 contraction: 2.5 epochs: 4 learning_rate: 2e-3 tied: false
                 stability { weight: 2 copies: 3 noise_stddev: .125 }
                 corruption { masking: 0.25 } }]
      layers < units: 20 activation: relu decoder_activation: relu contraction: 0 epochs: 5
               learning_rate: 0.003 invariance { weight: 4 noise_stddev: 1.5 } >
      joint { epochs: 6 learning_rate: 0.004 contraction_factor: .5
              walkback { noise_stddev: 0.9 probability: 0.25 }
              corruption { noise_stddev: 0.3 masking: 0.1 salt_and_pepper: 0.2 } }
      standardise { minimum_stddev: 0.05 }
      finetune { epochs: 3 learning_rate: 0.01 batch_size: 20 weight_decay: 0.001
                 input_dropout: 0.2 hidden_dropout: 0.5 label_smoothing: 0.05 patience: 2
                 tangents { weight: 0.5 rank: 9 combinations: 2 } }
      storage: BF16  # any case
      card: { default_noise_stddev: 3.5 default_process: PROCESS_TOP_LAYER default_rank: 20
              start_examples: 7 })");
  ASSERT_THAT(recipe, IsOk());
  EXPECT_EQ(SerializeRecipe(*recipe), kEverything);
}

TEST(RecipeTest, TheTextFormatOfProtobufItselfIsRead) {
  const absl::StatusOr<Recipe> recipe = ParseRecipe(kEverything);
  ASSERT_THAT(recipe, IsOk());
  const absl::StatusOr<Recipe> again = ParseRecipe(recipe->DebugString());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(SerializeRecipe(*again), kEverything);
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
        FaultCase{"LayersEmpty", R"({"name": "a", "layers": []})",
                  "/layers: is []; it must be a list of 1 to 16"},
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
                  "/schedule: is 1; it must be one of \"constant\", \"cosine\""},
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
                  "/layers/0/lambda: is not a field; the fields here are units, activation"},
        FaultCase{"ZeroIsNoWord",
                  R"({"name": "a", "storage": "unspecified", "layers": [{"units": 1}]})",
                  "/storage: is \"unspecified\""},
        FaultCase{
            "RowsBeyondTheirType",
            R"({"name": "a", "validation_rows": 4294967296, "layers": [{"units": 1}]})",
            "/validation_rows: is 4294967296; it must be a whole number from 0 to 1000000000"},
        FaultCase{"TwoOptimisers",
                  R"({"name": "a", "sgd": {}, "adam": {}, "layers": [{"units": 1}]})",
                  "/sgd: contradicts /adam"},
        FaultCase{"DecayWithoutSteps",
                  R"({"name": "a", "decay_factor": 0.5, "layers": [{"units": 1}]})",
                  "/decay_factor: is there, but /schedule is not \"step\""},
        FaultCase{"StepsWithoutDecay",
                  R"({"name": "a", "schedule": "step", "layers": [{"units": 1}]})",
                  "/decay_epochs: is missing"},
        FaultCase{"WarmupLongerThanAStage",
                  R"({"name": "a", "warmup_epochs": 4, "layers": [{"units": 1, "epochs": 3}]})",
                  "/warmup_epochs: is 4, but /layers/0/epochs is 3"},
        FaultCase{"PatienceWithNothingToWaitFor",
                  R"({"name": "a", "validation_rows": 0, "finetune": {"patience": 2},
                      "layers": [{"units": 1}]})",
                  "/finetune/patience: is 2, but /validation_rows is 0"},
        FaultCase{"RankLargerThanALayer",
                  R"({"name": "a", "card": {"default_rank": 9}, "layers": [{"units": 8}]})",
                  "/card/default_rank: is 9, but /layers/0/units is 8"},
        FaultCase{"NeighboursWithoutWeight",
                  R"({"name": "a", "layers": [{"units": 8, "stability": {"noise_stddev": 1}}]})",
                  "/layers/0/stability/weight: is missing"},
        FaultCase{"NeighboursWithoutNoise",
                  R"({"name": "a", "layers": [{"units": 8, "stability": {"weight": 1}}]})",
                  "/layers/0/stability/noise_stddev: is missing"},
        FaultCase{"InvarianceOfTheFirstLayer",
                  R"({"name": "a", "layers": [{"units": 8,
                      "invariance": {"weight": 1, "noise_stddev": 1}}]})",
                  "/layers/0/invariance: is there, but no layer is below the first"},
        FaultCase{"InvarianceOfCorruptedCodes",
                  "name: 'a' layers { units: 8 } layers { units: 8 corruption { masking: 0.5 }"
                  "  invariance { weight: 1 noise_stddev: 1 } }",
                  "/layers/1/invariance: contradicts corruption"},
        FaultCase{"CorruptionOfNothing", "name: 'a' layers { units: 8 corruption {} }",
                  "/layers/0/corruption: changes nothing"},
        FaultCase{"CorruptionOfEverything",
                  "name: 'a' layers { units: 8 }"
                  "joint { corruption { masking: 0.5 salt_and_pepper: 0.5 } }",
                  "/joint/corruption/salt_and_pepper: is 0.5, with masking 1"},
        FaultCase{"WalkbackWithoutNoise", "name: 'a' layers { units: 8 } joint { walkback {} }",
                  "/joint/walkback/noise_stddev: is missing"},
        FaultCase{"WalkbackForEver",
                  "name: 'a' layers { units: 8 }"
                  "joint { walkback { noise_stddev: 1 probability: 1 } }",
                  "/joint/walkback/probability: is 1"},
        FaultCase{"StandardisedCrossEntropy", "name: 'a' standardise {} layers { units: 8 }",
                  "/layers/0/decoder_activation: is \"logistic\", but /standardise makes inputs"},
        FaultCase{"CrossEntropyOfCodesOutOfRange",
                  "name: 'a' layers { units: 8 activation: tanh } layers { units: 8 }",
                  "/layers/1/decoder_activation: is \"logistic\", but /layers/0/activation makes"},
        FaultCase{"MoreTangentsThanUnits",
                  "name: 'a' layers { units: 8 } finetune { tangents { weight: 1 rank: 9 } }",
                  "/finetune/tangents/rank: is 9, but /layers/0/units is 8"},
        FaultCase{"BaselineTrainedJointly",
                  R"({"name": "a", "rbms": [{"units": 1}], "joint": {}, "standardise": {}})",
                  "/joint: contradicts /rbms"},
        FaultCase{"JointWarmupTooLong",
                  "name: 'a' warmup_epochs: 4 layers { units: 1 } joint { epochs: 3 }",
                  "/warmup_epochs: is 4, but /joint/epochs is 3"},
        FaultCase{"ModelAndBaseline",
                  R"({"name": "a", "rbms": [{"units": 1}], "layers": [{"units": 1}]})",
                  "/layers: contradicts /rbms"},
        FaultCase{"BaselineWithClassifier",
                  R"({"name": "a", "rbms": [{"units": 1}], "finetune": {}})",
                  "/finetune: contradicts /rbms"},
        FaultCase{"BaselineWithCard", R"({"name": "a", "rbms": [{"units": 1}], "card": {}})",
                  "/card: contradicts /rbms"},
        FaultCase{"BaselineWarmupTooLong",
                  R"({"name": "a", "warmup_epochs": 4, "rbms": [{"units": 1, "epochs": 3}]})",
                  "/warmup_epochs: is 4, but /rbms/0/epochs is 3"},
        FaultCase{"TextNotAField", "name: 'a' layers { units: 1 lambda: 2 }",
                  "/layers/0/lambda: is not a field"},
        FaultCase{"TextTwice", "name: 'a' seed: 1 seed: 2 layers { units: 1 }",
                  "/seed: is [1,2]; it must be a whole number"},
        FaultCase{"TextWrongType", "name: 'a' layers { units: 'many' }",
                  "/layers/0/units: is \"many\""},
        FaultCase{"TextSyntax", "name: 'a' layers { units 1 }",
                  "line 1 column 26: expected ':' or '{', found '1'"},
        FaultCase{"Empty", "", "/layers: is missing"},
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

TEST(RecipeTest, AllFaultsOfATextAreListedAtOnce) {
  EXPECT_THAT(
      ParseRecipe("name: 3 seed: -1 adam {} sgd {} layers { units: 0 } layers { epochs: many }\n"
                  "storage: F8 colour: RED card { default_rank: 1e3 } decay_epochs: 3"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("10 faults"), HasSubstr("/name: is 3"), HasSubstr("/seed: is -1"),
                     HasSubstr("/sgd: contradicts /adam"), HasSubstr("/layers/0/units: is 0"),
                     HasSubstr("/layers/1/units: is missing"),
                     HasSubstr("/layers/1/epochs: is \"many\""), HasSubstr("/storage: is \"F8\""),
                     HasSubstr("/colour: is not a field"),
                     HasSubstr("/card/default_rank: is 1000.0; it must be a whole number from 0"),
                     HasSubstr("/decay_epochs: is there"))));
}

TEST(RecipeTest, ABaselineIsReadOverriddenAndWrittenOutWithItsDefaults) {
  absl::StatusOr<Recipe> recipe =
      ParseRecipe("name: 'b' rbms { units: 9 } rbms { units: 8 persistent: false }");
  ASSERT_THAT(recipe, IsOk());
  ASSERT_EQ(recipe->rbms_size(), 2);
  EXPECT_TRUE(recipe->rbms(0).persistent());
  RecipeOverrides overrides;
  overrides.epochs = 3;
  ApplyOverrides(overrides, *recipe);
  EXPECT_EQ(recipe->rbms(1).epochs(), 3u);
  const absl::StatusOr<Recipe> again = ParseRecipe(SerializeRecipe(*recipe));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(SerializeRecipe(*again), SerializeRecipe(*recipe));
}

TEST(RecipeTest, FieldsOfMachinesThatNobodyWouldReadAreFaults) {
  const absl::Status status = ParseRecipe(
                                  "name: 'b' rbms { units: 9 sparsity_target: 0.2 } "
                                  "rbms { units: 8 persistent: false chains: 500 }")
                                  .status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()),
              ::testing::AllOf(HasSubstr("/rbms/0/sparsity_target"), HasSubstr("/rbms/1/chains")));
}

TEST(RecipeTest, OverridesReachEveryStage) {
  absl::StatusOr<Recipe> recipe = ParseRecipe(
      R"({"name": "a", "finetune": {}, "joint": {}, "warmup_epochs": 2,
          "layers": [{"units": 1}, {"units": 2}]})");
  ASSERT_THAT(recipe, IsOk());
  RecipeOverrides overrides;
  overrides.seed = 9;
  overrides.epochs = 3;
  ApplyOverrides(overrides, *recipe);
  EXPECT_EQ(recipe->seed(), 9u);
  EXPECT_EQ(recipe->layers(0).epochs(), 3u);
  EXPECT_EQ(recipe->layers(1).epochs(), 3u);
  EXPECT_EQ(recipe->joint().epochs(), 3u);
  EXPECT_EQ(recipe->finetune().epochs(), 3u);
  overrides.seed.reset();
  overrides.quick = true;
  ApplyOverrides(overrides, *recipe);
  EXPECT_EQ(recipe->layers(1).epochs(), 1u);
  EXPECT_EQ(recipe->seed(), 9u);
  // What the model card records can be read again.
  EXPECT_THAT(ParseRecipe(SerializeRecipe(*recipe)), IsOk());
}

// Tests run in the root of the project.
TEST(RecipeTest, ThoseOfTheProjectAreReadAndNamedAsTheirFiles) {
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator("trainer/recipes")) {
    // Studies and what people say of them are no recipes; study_test.cc reads them.
    const std::string stem = entry.path().stem().string();
    if (stem == "study" || stem == "study-fashion" || entry.path().extension() == ".md") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const absl::StatusOr<Recipe> recipe = ParseRecipe(text);
    ASSERT_THAT(recipe, IsOk()) << entry.path();
    EXPECT_EQ(recipe->name(), entry.path().stem());
    ++recipes;
  }
  EXPECT_GE(recipes, 12);
}

}  // namespace
}  // namespace cae
