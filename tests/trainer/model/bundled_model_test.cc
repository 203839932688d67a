// The recipes and models that the repository ships. Runs in the root of the repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>

#include "core/io/file.h"
#include "tests/testing/status_matchers.h"
#include "trainer/model/model_summary.h"
#include "trainer/recipe/recipe.h"

namespace cae {
namespace {

using testing::IsOk;

struct Bundled {
  std::string model;
  std::string recipe;
  int layers;
};

void PrintTo(const Bundled& bundled, std::ostream* out) { *out << bundled.model; }

absl::StatusOr<Recipe> ReadRecipe(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, 1 << 20);
  if (!text.ok()) return text.status();
  return ParseRecipe(*text);
}

class BundledModelTest : public ::testing::TestWithParam<Bundled> {};

TEST_P(BundledModelTest, LoadsAndItsGoldenRowsComeOut) {
  const absl::StatusOr<ModelSummary> summary = SummariseModelFile(GetParam().model);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->golden.rows, 4);
  EXPECT_TRUE(summary->golden.ok) << summary->golden.largest_difference;
  EXPECT_EQ(summary->parameters.layers.size(), GetParam().layers);
  EXPECT_EQ(summary->parameters.input_units(), 784);
  EXPECT_EQ(summary->parameters.code_units(), 1000);
  EXPECT_EQ(summary->parameters.start_examples.rows(), 64);
  EXPECT_EQ(summary->parameters.card.class_labels.size(), 10u);
}

TEST_P(BundledModelTest, WasMadeByTheRecipeBesideIt) {
  const absl::StatusOr<ModelSummary> summary = SummariseModelFile(GetParam().model);
  ASSERT_THAT(summary, IsOk());
  const absl::StatusOr<Recipe> recipe = ReadRecipe(GetParam().recipe);
  ASSERT_THAT(recipe, IsOk());
  // Read back: fields that recipes have got since then have their defaults there.
  for (const char* key : {"recipe", "finetune_recipe"}) {
    const absl::StatusOr<Recipe> noted = ParseRecipe(summary->parameters.card.training.at(key));
    ASSERT_THAT(noted, IsOk());
    EXPECT_EQ(SerializeRecipe(*noted), SerializeRecipe(*recipe));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, BundledModelTest,
                         ::testing::Values(Bundled{"models/mnist-cae1/1/model.safetensors",
                                                   "trainer/recipes/mnist-cae1.json", 1},
                                           Bundled{"models/mnist-cae2/1/model.safetensors",
                                                   "trainer/recipes/mnist-cae2.textproto", 2}));

TEST(BundledModelsTest, AreSmallEnoughForEveryClone) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("models")) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  EXPECT_LE(bytes, 12u << 20);
}

}  // namespace
}  // namespace cae
