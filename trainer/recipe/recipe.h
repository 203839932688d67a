// Recipe: all that a training run is told, as trainer/recipes/* hold it. Fields, defaults and
// limits stand in recipe.proto.
#ifndef CAE_TRAINER_RECIPE_RECIPE_H_
#define CAE_TRAINER_RECIPE_RECIPE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"
#include "trainer/recipe/recipe.pb.h"

namespace cae {

using Recipe = recipe::v1::Recipe;

/// Reads a recipe: JSON where it begins with a bracket, else protobuf's text format.
/// INVALID_ARGUMENT lists every fault at once, each with its JSON pointer (RFC 6901): unknown and
/// missing fields, wrong types, values out of range, contradictions; or, where the text is neither,
/// the faults of its syntax. Thread-safe.
absl::StatusOr<Recipe> ParseRecipe(absl::string_view text);

/// The recipe as one line of JSON with every default written out: what the model card records and
/// checkpoints compare. ParseRecipe reads it.
std::string SerializeRecipe(const Recipe& recipe);

/// Changes from the command line; absent = as the recipe says.
struct RecipeOverrides {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint32_t> epochs;  ///< of every layer, joint training and fine-tuning
  bool quick = false;  ///< one epoch of everything on the first rows, to try things out
};

/// Rows that `quick` leaves of the training set.
inline constexpr Index kQuickRows = 5'000;

void ApplyOverrides(const RecipeOverrides& overrides, Recipe& recipe);

}  // namespace cae

#endif  // CAE_TRAINER_RECIPE_RECIPE_H_
