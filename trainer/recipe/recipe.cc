#include "trainer/recipe/recipe.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/io/strict_json.h"
#include "trainer/recipe/message_tree.h"
#include "trainer/recipe/text_format.h"

namespace cae {
namespace {

using Json = nlohmann::json;

absl::StatusOr<Json> ParseTree(absl::string_view text) {
  constexpr int kMaxDepth = 8;
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (absl::StartsWith(start, "{") || absl::StartsWith(start, "[")) {
    return ParseStrictJson(text, kMaxDepth);
  }
  return ParseTextFormat(text, kMaxDepth);
}

void FindWarmupLongerThanAStage(const Recipe& recipe, TreeFaults& faults) {
  const auto check = [&](const std::string& stage, std::uint32_t epochs) {
    if (recipe.warmup_epochs() <= epochs) return;
    faults.emplace("/warmup_epochs",
                   absl::StrCat("is ", recipe.warmup_epochs(), ", but ", stage, "/epochs is ",
                                epochs, "; a warm-up may not be longer than a stage"));
  };
  for (int l = 0; l < recipe.layers_size(); ++l) {
    check(absl::StrCat("/layers/", l), recipe.layers(l).epochs());
  }
  for (int l = 0; l < recipe.rbms_size(); ++l) {
    check(absl::StrCat("/rbms/", l), recipe.rbms(l).epochs());
  }
  if (recipe.has_finetune()) check("/finetune", recipe.finetune().epochs());
}

// A recipe is either that of a model or that of a baseline.
void FindModelMixedWithBaseline(const Recipe& recipe, TreeFaults& faults) {
  const bool baseline = recipe.rbms_size() > 0;
  // A list that is faulty as a whole is not set either.
  if (!baseline && recipe.layers_size() == 0 && faults.count("/rbms") == 0) {
    faults.emplace("/layers", "is missing");
  }
  if (!baseline) return;
  constexpr char kNotWithRbms[] = "contradicts /rbms, a baseline, which has no such thing";
  if (recipe.layers_size() > 0) faults.emplace("/layers", kNotWithRbms);
  if (recipe.has_finetune()) faults.emplace("/finetune", kNotWithRbms);
  if (recipe.has_card()) faults.emplace("/card", kNotWithRbms);
}

// What each field alone would allow.
void FindContradictions(const Recipe& recipe, TreeFaults& faults) {
  // A field that is faulty by itself keeps that fault: emplace does not replace.
  const bool falls = recipe.schedule() == recipe::v1::SCHEDULE_STEP;
  constexpr char kOnlyStep[] = "is there, but /schedule is not \"step\", which alone has it";
  if (!falls && recipe.has_decay_epochs()) faults.emplace("/decay_epochs", kOnlyStep);
  if (!falls && recipe.has_decay_factor()) faults.emplace("/decay_factor", kOnlyStep);
  if (falls && !recipe.has_decay_epochs()) {
    faults.emplace("/decay_epochs", "is missing; /schedule is \"step\"");
  }
  if (recipe.finetune().patience() > 0 && recipe.validation_rows() == 0) {
    faults.emplace("/finetune/patience",
                   absl::StrCat("is ", recipe.finetune().patience(),
                                ", but /validation_rows is 0, so nothing says which is better"));
  }
  FindWarmupLongerThanAStage(recipe, faults);
  FindModelMixedWithBaseline(recipe, faults);
  for (int l = 0; l < recipe.layers_size(); ++l) {
    const std::uint32_t units = recipe.layers(l).units();
    if (units == 0 || recipe.card().default_rank() <= units) continue;
    faults.emplace("/card/default_rank",
                   absl::StrCat("is ", recipe.card().default_rank(), ", but /layers/", l,
                                "/units is ", units, ", and no rank is larger"));
  }
}

}  // namespace

absl::StatusOr<Recipe> ParseRecipe(absl::string_view text) {
  CAE_ASSIGN_OR_RETURN(const Json tree, ParseTree(text));
  Recipe recipe;
  TreeFaults faults;
  ReadMessage(tree, recipe, faults);
  FindContradictions(recipe, faults);
  // Written out, so that a recipe that leaves them out serialises as one that does not.
  if (recipe.rbms_size() == 0) recipe.mutable_card();
  if (!recipe.has_sgd()) recipe.mutable_adam();
  if (faults.empty()) return recipe;
  const auto line = [](std::string* out, const TreeFaults::value_type& fault) {
    absl::StrAppend(out, fault.first.empty() ? "the recipe" : fault.first, ": ", fault.second);
  };
  return absl::InvalidArgumentError(
      absl::StrCat(faults.size(), faults.size() == 1 ? " fault:\n  " : " faults:\n  ",
                   absl::StrJoin(faults, "\n  ", line)));
}

std::string SerializeRecipe(const Recipe& recipe) {
  Json tree = WriteMessage(recipe);
  if (recipe.schedule() != recipe::v1::SCHEDULE_STEP) {
    tree.erase("decay_epochs");
    tree.erase("decay_factor");
  }
  return tree.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

void ApplyOverrides(const RecipeOverrides& overrides, Recipe& recipe) {
  if (overrides.seed.has_value()) recipe.set_seed(*overrides.seed);
  const std::optional<std::uint32_t> epochs =
      overrides.quick ? std::optional<std::uint32_t>(1) : overrides.epochs;
  if (!epochs.has_value()) return;
  for (recipe::v1::Layer& layer : *recipe.mutable_layers()) layer.set_epochs(*epochs);
  for (recipe::v1::Rbm& rbm : *recipe.mutable_rbms()) rbm.set_epochs(*epochs);
  if (recipe.has_finetune()) recipe.mutable_finetune()->set_epochs(*epochs);
  if (recipe.warmup_epochs() > *epochs) recipe.set_warmup_epochs(*epochs);
}

}  // namespace cae
