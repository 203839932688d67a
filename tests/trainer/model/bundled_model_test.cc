// The recipes and models that the repository ships. Runs in the root of the repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/io/file.h"
#include "tests/testing/status_matchers.h"
#include "trainer/model/model_summary.h"
#include "trainer/recipe/recipe.h"

namespace cae {
namespace {

using testing::IsOk;

constexpr char kModel[] = "models/mnist-cae1/1/model.safetensors";
constexpr char kRecipe[] = "trainer/recipes/mnist-cae1.json";

absl::StatusOr<Recipe> ReadRecipe(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, 1 << 20);
  if (!text.ok()) return text.status();
  return ParseRecipe(*text);
}

TEST(BundledRecipesTest, EveryOneParses) {
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator("trainer/recipes")) {
    EXPECT_THAT(ReadRecipe(entry.path().string()), IsOk()) << entry.path();
    ++recipes;
  }
  EXPECT_GE(recipes, 1);
}

TEST(BundledModelTest, LoadsAndItsGoldenRowsComeOut) {
  const absl::StatusOr<ModelSummary> summary = SummariseModelFile(kModel);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->golden.rows, 4);
  EXPECT_TRUE(summary->golden.ok) << summary->golden.largest_difference;
  EXPECT_EQ(summary->parameters.input_units(), 784);
  EXPECT_EQ(summary->parameters.code_units(), 1000);
  EXPECT_EQ(summary->parameters.start_examples.rows(), 64);
  EXPECT_EQ(summary->parameters.card.class_labels.size(), 10u);
  EXPECT_LT(summary->bytes, 4 << 20);
}

TEST(BundledModelTest, WasMadeByTheRecipeBesideIt) {
  const absl::StatusOr<ModelSummary> summary = SummariseModelFile(kModel);
  ASSERT_THAT(summary, IsOk());
  const absl::StatusOr<Recipe> recipe = ReadRecipe(kRecipe);
  ASSERT_THAT(recipe, IsOk());
  // Read back: fields that recipes have got since then have their defaults there.
  for (const char* key : {"recipe", "finetune_recipe"}) {
    const absl::StatusOr<Recipe> noted = ParseRecipe(summary->parameters.card.training.at(key));
    ASSERT_THAT(noted, IsOk());
    EXPECT_EQ(SerializeRecipe(*noted), SerializeRecipe(*recipe));
  }
}

}  // namespace
}  // namespace cae
