#include "trainer/recipe/recipe.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/recipe/message_tree.h"

namespace cae {
namespace {

using Json = nlohmann::json;

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
  if (recipe.has_joint()) check("/joint", recipe.joint().epochs());
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
  if (recipe.has_joint()) faults.emplace("/joint", kNotWithRbms);
  if (recipe.has_standardise()) faults.emplace("/standardise", kNotWithRbms);
  if (recipe.has_finetune()) faults.emplace("/finetune", kNotWithRbms);
  if (recipe.has_card()) faults.emplace("/card", kNotWithRbms);
}

void FindFaultyCorruption(const recipe::v1::Corruption& corruption, const std::string& at,
                          TreeFaults& faults) {
  const double replaced = corruption.masking() + corruption.salt_and_pepper();
  if (corruption.noise_stddev() == 0 && replaced == 0) {
    faults.emplace(at, "changes nothing: noise_stddev, masking and salt_and_pepper are all 0");
  }
  constexpr double kMost = 0.9;
  if (replaced > kMost + 1e-12) {
    faults.emplace(absl::StrCat(at, "/salt_and_pepper"),
                   absl::StrCat("is ", corruption.salt_and_pepper(), ", with masking ", replaced,
                                "; more than ", kMost, " of the inputs may not go"));
  }
}

// A logistic decoder is trained by cross-entropy, which wants targets in [0, 1].
void FindTargetsOutOfRange(const Recipe& recipe, TreeFaults& faults) {
  for (int l = 0; l < recipe.layers_size(); ++l) {
    if (recipe.layers(l).decoder_activation() != recipe::v1::ACTIVATION_LOGISTIC) continue;
    const std::string at = absl::StrCat("/layers/", l, "/decoder_activation");
    constexpr char kAdvice[] = ", which are not in [0, 1]; take \"identity\"";
    if (l == 0 && recipe.has_standardise()) {
      faults.emplace(at, absl::StrCat("is \"logistic\", but /standardise makes inputs", kAdvice));
    }
    if (l > 0 && recipe.layers(l - 1).activation() != recipe::v1::ACTIVATION_LOGISTIC) {
      faults.emplace(at, absl::StrCat("is \"logistic\", but /layers/", l - 1,
                                      "/activation makes codes", kAdvice));
    }
  }
}

void FindFaultyCriteria(const Recipe& recipe, TreeFaults& faults) {
  for (int l = 0; l < recipe.layers_size(); ++l) {
    const recipe::v1::Layer& layer = recipe.layers(l);
    const std::string at = absl::StrCat("/layers/", l);
    if (layer.has_corruption())
      FindFaultyCorruption(layer.corruption(), at + "/corruption", faults);
    if (!layer.has_invariance()) continue;
    if (l == 0) {
      faults.emplace(at + "/invariance", "is there, but no layer is below the first");
    } else if (layer.has_corruption()) {
      faults.emplace(at + "/invariance",
                     "contradicts corruption: only one of them may be there, since the Jacobian "
                     "below is that of the row as it is");
    }
  }
  if (recipe.joint().has_corruption()) {
    FindFaultyCorruption(recipe.joint().corruption(), "/joint/corruption", faults);
  }
}

// Fields that nobody would read, and that ask for something.
void FindIdleRbmFields(const Recipe& recipe, TreeFaults& faults) {
  for (int m = 0; m < recipe.rbms_size(); ++m) {
    const recipe::v1::Rbm& rbm = recipe.rbms(m);
    const std::string at = absl::StrCat("/rbms/", m);
    const recipe::v1::Rbm& defaults = recipe::v1::Rbm::default_instance();
    if (rbm.chains() != defaults.chains() && !rbm.persistent()) {
      faults.emplace(at + "/chains", "is there, but chains that start at rows are as many as rows");
    }
    if (rbm.sparsity_target() != defaults.sparsity_target() && rbm.sparsity_cost() == 0) {
      faults.emplace(at + "/sparsity_target", "is there, but sparsity_cost is 0");
    }
  }
}

// Tangents of an encoder are at most as many as its narrowest layer has units.
void FindRankAboveUnits(const Recipe& recipe, const std::string& at, std::uint32_t rank,
                        TreeFaults& faults) {
  for (int l = 0; l < recipe.layers_size(); ++l) {
    const std::uint32_t units = recipe.layers(l).units();
    if (units == 0 || rank <= units) continue;
    faults.emplace(at, absl::StrCat("is ", rank, ", but /layers/", l, "/units is ", units,
                                    ", and no rank is larger"));
  }
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
  FindTargetsOutOfRange(recipe, faults);
  FindFaultyCriteria(recipe, faults);
  FindIdleRbmFields(recipe, faults);
  FindRankAboveUnits(recipe, "/card/default_rank", recipe.card().default_rank(), faults);
  if (recipe.finetune().has_tangents()) {
    FindRankAboveUnits(recipe, "/finetune/tangents/rank", recipe.finetune().tangents().rank(),
                       faults);
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
  CAE_RETURN_IF_ERROR(StatusOf(faults, "the recipe"));
  return recipe;
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
  if (recipe.has_joint()) recipe.mutable_joint()->set_epochs(*epochs);
  if (recipe.has_finetune()) recipe.mutable_finetune()->set_epochs(*epochs);
  if (recipe.warmup_epochs() > *epochs) recipe.set_warmup_epochs(*epochs);
}

}  // namespace cae
