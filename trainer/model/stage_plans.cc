#include "trainer/model/stage_plans.h"

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

namespace schema = recipe::v1;

Activation ActivationOf(schema::Activation activation) {
  switch (activation) {
    case schema::ACTIVATION_TANH:
      return Activation::kTanh;
    case schema::ACTIVATION_RELU:
      return Activation::kRelu;
    case schema::ACTIVATION_IDENTITY:
      return Activation::kIdentity;
    case schema::ACTIVATION_LOGISTIC:
    case schema::ACTIVATION_UNSPECIFIED:
      break;
  }
  return Activation::kLogistic;
}

RateShape ShapeOf(schema::Schedule schedule) {
  switch (schedule) {
    case schema::SCHEDULE_CONSTANT:
      return RateShape::kConstant;
    case schema::SCHEDULE_LINEAR:
      return RateShape::kLinear;
    case schema::SCHEDULE_STEP:
      return RateShape::kStep;
    case schema::SCHEDULE_COSINE:
    case schema::SCHEDULE_UNSPECIFIED:
      break;
  }
  return RateShape::kCosine;
}

// None for a message that is not there: its weight is 0.
NeighbourPenalty PenaltyOf(const schema::Neighbours& neighbours) {
  return {neighbours.weight(), static_cast<int>(neighbours.copies()), neighbours.noise_stddev()};
}

Corruption CorruptionOf(const schema::Corruption& corruption) {
  return {corruption.noise_stddev(), corruption.masking(), corruption.salt_and_pepper()};
}

}  // namespace

OptimiserOptions OptimiserOf(const Recipe& recipe) {
  if (recipe.has_sgd()) return SgdOptions{recipe.sgd().momentum(), recipe.sgd().nesterov()};
  const schema::Adam& adam = recipe.adam();
  return AdamOptions{adam.beta1(), adam.beta2(), adam.epsilon()};
}

EpochPlan EpochsOf(const Recipe& recipe, int stage_number, Index rows) {
  EpochPlan plan;
  plan.stage_number = stage_number;
  plan.rows = rows;
  plan.schedule = {ShapeOf(recipe.schedule()), recipe.warmup_epochs(),
                   static_cast<int>(recipe.decay_epochs()), recipe.decay_factor()};
  plan.seed = recipe.seed();
  return plan;
}

LayerPlan LayerPlanOf(const Recipe& recipe, int l) {
  const schema::Layer& layer = recipe.layers(l);
  LayerPlan plan;
  plan.units = layer.units();
  plan.activation = ActivationOf(layer.activation());
  plan.decoder_activation = ActivationOf(layer.decoder_activation());
  plan.tied = layer.tied();
  plan.contraction = layer.contraction();
  plan.stability = PenaltyOf(layer.stability());
  plan.invariance = PenaltyOf(layer.invariance());
  plan.corruption = CorruptionOf(layer.corruption());
  plan.optimiser = OptimiserOf(recipe);
  return plan;
}

EpochPlan LayerEpochsOf(const Recipe& recipe, int l, Index rows) {
  EpochPlan plan = EpochsOf(recipe, l, rows);
  plan.stage = absl::StrCat("layer ", l + 1);
  plan.layer = l + 1;
  plan.batch_size = recipe.batch_size();
  plan.epochs = static_cast<int>(recipe.layers(l).epochs());
  plan.learning_rate = recipe.layers(l).learning_rate();
  const schema::Layer& layer = recipe.layers(l);
  const std::string field = absl::StrCat("/layers/", l);
  plan.remedies = {field + "/learning_rate"};
  if (layer.contraction() > 0) plan.remedies.push_back(field + "/contraction");
  if (layer.has_stability()) plan.remedies.push_back(field + "/stability/weight");
  if (layer.has_invariance()) plan.remedies.push_back(field + "/invariance/weight");
  return plan;
}

StackPlan StackPlanOf(const Recipe& recipe) {
  const schema::Joint& joint = recipe.joint();
  StackPlan plan;
  for (const schema::Layer& layer : recipe.layers()) {
    plan.contractions.push_back(joint.contraction_factor() * layer.contraction());
  }
  plan.walkback = {joint.walkback().noise_stddev(), joint.walkback().probability()};
  plan.corruption = CorruptionOf(joint.corruption());
  plan.optimiser = OptimiserOf(recipe);
  return plan;
}

EpochPlan JointEpochsOf(const Recipe& recipe, Index rows) {
  EpochPlan plan = EpochsOf(recipe, recipe.layers_size(), rows);
  plan.stage = "joint";
  plan.batch_size = recipe.batch_size();
  plan.epochs = static_cast<int>(recipe.joint().epochs());
  plan.learning_rate = recipe.joint().learning_rate();
  plan.remedies = {"/joint/learning_rate"};
  if (recipe.joint().contraction_factor() > 0) {
    plan.remedies.emplace_back("/joint/contraction_factor");
  }
  return plan;
}

ClassifierPlan ClassifierPlanOf(const Recipe& recipe, Index classes, const TangentRows* tangents) {
  const schema::Finetune& finetune = recipe.finetune();
  ClassifierPlan plan;
  plan.classes = classes;
  plan.weight_decay = finetune.weight_decay();
  plan.input_dropout = finetune.input_dropout();
  plan.hidden_dropout = finetune.hidden_dropout();
  plan.label_smoothing = finetune.label_smoothing();
  plan.patience = static_cast<int>(finetune.patience());
  plan.optimiser = OptimiserOf(recipe);
  if (tangents != nullptr) {
    plan.tangents = {finetune.tangents().weight(), tangents,
                     static_cast<int>(finetune.tangents().combinations())};
  }
  return plan;
}

EpochPlan ClassifierEpochsOf(const Recipe& recipe, int layers, Index rows) {
  EpochPlan plan = EpochsOf(recipe, layers, rows);
  plan.stage = "classifier";
  plan.batch_size = recipe.finetune().batch_size();
  plan.epochs = static_cast<int>(recipe.finetune().epochs());
  plan.learning_rate = recipe.finetune().learning_rate();
  plan.remedies = {"/finetune/learning_rate"};
  if (recipe.finetune().has_tangents()) plan.remedies.emplace_back("/finetune/tangents/weight");
  return plan;
}

StorageType StorageOf(const Recipe& recipe) {
  switch (recipe.storage()) {
    case schema::STORAGE_F16:
      return StorageType::kFloat16;
    case schema::STORAGE_BF16:
      return StorageType::kBFloat16;
    case schema::STORAGE_F32:
    case schema::STORAGE_UNSPECIFIED:
      break;
  }
  return StorageType::kFloat32;
}

SampleProcess ProcessOf(const Recipe& recipe) {
  return recipe.card().default_process() == schema::PROCESS_TOP_LAYER ? SampleProcess::kTopLayer
                                                                      : SampleProcess::kComposed;
}

}  // namespace cae
