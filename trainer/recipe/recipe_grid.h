// RecipeGrid: many recipes made from one, each combination of the values that are to be tried.
#ifndef CAE_TRAINER_RECIPE_RECIPE_GRID_H_
#define CAE_TRAINER_RECIPE_RECIPE_GRID_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/recipe/recipe.h"

namespace cae {

/// One recipe of a grid.
struct RecipeTrial {
  std::string values;  ///< what it takes of the grid: a JSON object, pointer to value
  Recipe recipe;
};

/// A grid and what is run on each of its models.
struct RecipeGrid {
  std::vector<RecipeTrial> trials;  ///< the last list of values changes fastest
  /// Commands of `cae-train`, arguments and all; the argument MODEL stands for the trial's file.
  std::vector<std::vector<std::string>> then;
};

/// At most so many trials.
inline constexpr std::size_t kMaxTrials = 10'000;

/// `text` is a JSON object: "vary" maps JSON pointers of fields (RFC 6901, "/layers/0/contraction")
/// to lists of values, "then", optional, is a list of commands. A pointer may name a field that the
/// recipe leaves out, also one within a message that it leaves out. INVALID_ARGUMENT where the grid
/// is not of that form, has too many trials, or makes a recipe that ParseRecipe would refuse; then
/// it says which.
absl::StatusOr<RecipeGrid> ParseRecipeGrid(const Recipe& base, absl::string_view text);

}  // namespace cae

#endif  // CAE_TRAINER_RECIPE_RECIPE_GRID_H_
