#include "trainer/recipe/recipe_grid.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/strict_json.h"

namespace cae {
namespace {

using Json = nlohmann::json;
using Axes = std::vector<std::pair<std::string, Json>>;  // a pointer and the list of its values

constexpr int kMaxDepth = 12;

absl::Status Fault(absl::string_view at, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the grid: ", at, ": ", what));
}

absl::StatusOr<Axes> ReadAxes(const Json& tree) {
  if (!tree.contains("vary") || !tree["vary"].is_object() || tree["vary"].empty()) {
    return Fault("/vary", "must be an object of JSON pointers and lists of values");
  }
  Axes axes;
  std::size_t trials = 1;
  for (const auto& [pointer, values] : tree["vary"].items()) {
    if (pointer.empty() || pointer[0] != '/') {
      return Fault(absl::StrCat("/vary: \"", pointer, "\""),
                   "is no JSON pointer of a field, like /layers/0/contraction");
    }
    if (!values.is_array() || values.empty()) {
      return Fault(absl::StrCat("/vary: \"", pointer, "\""), "must have a list of values");
    }
    trials *= values.size();
    if (trials > kMaxTrials) {
      return Fault("/vary", absl::StrCat("makes more than ", kMaxTrials, " trials"));
    }
    axes.emplace_back(pointer, values);
  }
  return axes;
}

absl::StatusOr<std::vector<std::vector<std::string>>> ReadCommands(const Json& tree) {
  std::vector<std::vector<std::string>> commands;
  if (!tree.contains("then")) return commands;
  const auto all_text = [](const Json& list) {
    for (const Json& word : list) {
      if (!word.is_string()) return false;
    }
    return list.is_array() && !list.empty();
  };
  for (const Json& command : tree["then"]) {
    if (!all_text(command)) {
      return Fault("/then", "must be a list of commands, each a list of words");
    }
    commands.push_back(command.get<std::vector<std::string>>());
  }
  return commands;
}

// Sets what the pointer names. Nothing there, or a value that has no such field, is a fault.
absl::Status SetField(const std::string& pointer, const Json& value, Json& tree) {
  try {
    tree[Json::json_pointer(pointer)] = value;
    return absl::OkStatus();
  } catch (const Json::exception& error) {
    return Fault(absl::StrCat("/vary: \"", pointer, "\""),
                 absl::StrCat("names nothing in the recipe (", error.what(), ")"));
  }
}

absl::StatusOr<RecipeTrial> MakeTrial(const Json& base, const Axes& axes, std::size_t number) {
  Json tree = base, values = Json::object();
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    const Json& value = axis->second[number % axis->second.size()];
    number /= axis->second.size();
    values[axis->first] = value;
    CAE_RETURN_IF_ERROR(SetField(axis->first, value, tree));
  }
  absl::StatusOr<Recipe> recipe = ParseRecipe(tree.dump());
  if (!recipe.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("with ", values.dump(), ": ", recipe.status().message()));
  }
  return RecipeTrial{values.dump(), *std::move(recipe)};
}

}  // namespace

absl::StatusOr<RecipeGrid> ParseRecipeGrid(const Recipe& base, absl::string_view text) {
  CAE_ASSIGN_OR_RETURN(const Json tree, ParseStrictJson(text, kMaxDepth));
  if (!tree.is_object()) return Fault("it", "must be a JSON object");
  for (const auto& [key, value] : tree.items()) {
    if (key != "vary" && key != "then") {
      return Fault(absl::StrCat("/", key), "is not a field; the fields are vary, then");
    }
  }
  CAE_ASSIGN_OR_RETURN(const Axes axes, ReadAxes(tree));
  RecipeGrid grid;
  CAE_ASSIGN_OR_RETURN(grid.then, ReadCommands(tree));
  CAE_ASSIGN_OR_RETURN(const Json recipe, ParseStrictJson(SerializeRecipe(base), kMaxDepth));
  std::size_t trials = 1;
  for (const auto& axis : axes) trials *= axis.second.size();
  for (std::size_t number = 0; number < trials; ++number) {
    CAE_ASSIGN_OR_RETURN(RecipeTrial trial, MakeTrial(recipe, axes, number));
    grid.trials.push_back(std::move(trial));
  }
  return grid;
}

}  // namespace cae
