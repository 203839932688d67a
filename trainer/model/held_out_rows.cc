#include "trainer/model/held_out_rows.h"

#include "trainer/recipe/recipe.h"

namespace cae {

Index HeldOutRows(const std::map<std::string, std::string>& training, absl::string_view key) {
  const auto text = training.find(std::string(key));
  if (text == training.end()) return 0;
  const absl::StatusOr<Recipe> recipe = ParseRecipe(text->second);
  return recipe.ok() ? Index{recipe->validation_rows()} : Index{0};
}

}  // namespace cae
