#include "trainer/recipe/recipe.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/io/strict_json.h"
#include "trainer/recipe/json_fields.h"

namespace cae {
namespace {

using Json = nlohmann::json;
using Faults = std::vector<std::string>;
template <typename Value>
using Words = std::vector<std::pair<absl::string_view, Value>>;

constexpr std::uint64_t kMaxUnits = 65'536, kMaxBatch = 65'536, kMaxEpochs = 10'000;
constexpr std::size_t kMaxLayers = 16;

const Words<Activation>& ActivationWords() {
  static const auto& words = *new Words<Activation>{{"logistic", Activation::kLogistic},
                                                    {"tanh", Activation::kTanh},
                                                    {"relu", Activation::kRelu},
                                                    {"identity", Activation::kIdentity}};
  return words;
}
const Words<LearningRateSchedule>& ScheduleWords() {
  static const auto& words = *new Words<LearningRateSchedule>{
      {"cosine", LearningRateSchedule::kCosine}, {"constant", LearningRateSchedule::kConstant}};
  return words;
}
const Words<StorageType>& StorageWords() {
  static const auto& words = *new Words<StorageType>{{"F32", StorageType::kFloat32},
                                                     {"F16", StorageType::kFloat16},
                                                     {"BF16", StorageType::kBFloat16}};
  return words;
}
const Words<SampleProcess>& ProcessWords() {
  static const auto& words = *new Words<SampleProcess>{{"composed", SampleProcess::kComposed},
                                                       {"top_layer", SampleProcess::kTopLayer}};
  return words;
}

template <typename Value>
std::string WordOf(const Words<Value>& words, Value value) {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](const auto& word) { return word.second == value; });
  return std::string(found->first);
}

LayerRecipe ReadLayer(const Json& json, const std::string& pointer, Faults& faults) {
  LayerRecipe layer;
  JsonFields fields(json, pointer, faults);
  fields.Require("units");
  fields.ReadInteger("units", layer.units, 1, kMaxUnits);
  fields.ReadWord("activation", ActivationWords(), layer.activation);
  fields.ReadWord("decoder_activation", ActivationWords(), layer.decoder_activation);
  fields.Read("tied", layer.tied);
  fields.Read("contraction", layer.contraction, {0}, {1e6});
  fields.ReadInteger("epochs", layer.epochs, 1, kMaxEpochs);
  fields.Read("learning_rate", layer.learning_rate, {0, false}, {10});
  fields.RefuseOthers();
  return layer;
}

std::vector<LayerRecipe> ReadLayers(const Json& json, const std::string& pointer, Faults& faults) {
  std::vector<LayerRecipe> layers;
  if (!json.is_array() || json.empty() || json.size() > kMaxLayers) {
    faults.push_back(absl::StrCat(pointer, ": must be an array of 1 to ", kMaxLayers, " layers"));
    return layers;
  }
  for (std::size_t l = 0; l < json.size(); ++l) {
    layers.push_back(ReadLayer(json[l], absl::StrCat(pointer, "/", l), faults));
  }
  return layers;
}

FinetuneRecipe ReadFinetune(const Json& json, const std::string& pointer, Faults& faults) {
  FinetuneRecipe finetune;
  JsonFields fields(json, pointer, faults);
  fields.ReadInteger("epochs", finetune.epochs, 1, kMaxEpochs);
  fields.Read("learning_rate", finetune.learning_rate, {0, false}, {10});
  fields.ReadInteger("batch_size", finetune.batch_size, 1, kMaxBatch);
  fields.Read("weight_decay", finetune.weight_decay, {0}, {100});
  fields.Read("input_dropout", finetune.input_dropout, {0}, {0.9});
  fields.Read("hidden_dropout", finetune.hidden_dropout, {0}, {0.9});
  fields.RefuseOthers();
  return finetune;
}

AdamOptions ReadAdam(const Json& json, const std::string& pointer, Faults& faults) {
  AdamOptions adam;
  JsonFields fields(json, pointer, faults);
  fields.Read("beta1", adam.beta1, {0}, {1, false});
  fields.Read("beta2", adam.beta2, {0}, {1, false});
  fields.Read("epsilon", adam.epsilon, {0, false}, {1});
  fields.RefuseOthers();
  return adam;
}

CardRecipe ReadCard(const Json& json, const std::string& pointer, Faults& faults) {
  CardRecipe card;
  JsonFields fields(json, pointer, faults);
  fields.Read("default_noise_stddev", card.default_noise_stddev, {0}, {1e6});
  fields.ReadWord("default_process", ProcessWords(), card.default_process);
  fields.ReadInteger("default_rank", card.default_rank, 0, kMaxUnits);
  fields.ReadInteger("start_examples", card.start_examples, 1, 10'000);
  fields.RefuseOthers();
  return card;
}

Recipe ReadRecipe(const Json& json, Faults& faults) {
  Recipe recipe;
  JsonFields fields(json, "", faults);
  fields.Require("name");
  fields.Require("layers");
  fields.Read("name", recipe.name);
  fields.Read("data", recipe.data);
  fields.ReadInteger("validation_rows", recipe.validation_rows, 0, 1'000'000'000);
  fields.ReadInteger("seed", recipe.seed, 0, std::numeric_limits<std::uint64_t>::max());
  fields.ReadInteger("batch_size", recipe.batch_size, 1, kMaxBatch);
  fields.ReadWord("schedule", ScheduleWords(), recipe.schedule);
  fields.ReadWord("storage", StorageWords(), recipe.storage);
  const auto read = [&](absl::string_view name, auto reader, auto& target) {
    if (const Json* part = fields.Find(name)) {
      target = reader(*part, fields.PointerTo(name), faults);
    }
  };
  read("adam", ReadAdam, recipe.adam);
  read("layers", ReadLayers, recipe.layers);
  read("finetune", ReadFinetune, recipe.finetune);
  read("card", ReadCard, recipe.card);
  fields.RefuseOthers();
  return recipe;
}

Json ToJson(const LayerRecipe& layer) {
  return {{"units", layer.units},
          {"activation", WordOf(ActivationWords(), layer.activation)},
          {"decoder_activation", WordOf(ActivationWords(), layer.decoder_activation)},
          {"tied", layer.tied},
          {"contraction", layer.contraction},
          {"epochs", layer.epochs},
          {"learning_rate", layer.learning_rate}};
}

Json ToJson(const FinetuneRecipe& finetune) {
  return {{"epochs", finetune.epochs},
          {"learning_rate", finetune.learning_rate},
          {"batch_size", finetune.batch_size},
          {"weight_decay", finetune.weight_decay},
          {"input_dropout", finetune.input_dropout},
          {"hidden_dropout", finetune.hidden_dropout}};
}

}  // namespace

absl::StatusOr<Recipe> ParseRecipe(absl::string_view text) {
  constexpr int kMaxDepth = 8;
  CAE_ASSIGN_OR_RETURN(const Json json, ParseStrictJson(text, kMaxDepth));
  Faults faults;
  Recipe recipe = ReadRecipe(json, faults);
  if (faults.empty()) return recipe;
  return absl::InvalidArgumentError(
      absl::StrCat(faults.size(), faults.size() == 1 ? " fault:\n  " : " faults:\n  ",
                   absl::StrJoin(faults, "\n  ")));
}

std::string SerializeRecipe(const Recipe& recipe) {
  Json layers = Json::array();
  for (const LayerRecipe& layer : recipe.layers) layers.push_back(ToJson(layer));
  Json json = {{"name", recipe.name},
               {"data", recipe.data},
               {"validation_rows", recipe.validation_rows},
               {"seed", recipe.seed},
               {"batch_size", recipe.batch_size},
               {"adam",
                {{"beta1", recipe.adam.beta1},
                 {"beta2", recipe.adam.beta2},
                 {"epsilon", recipe.adam.epsilon}}},
               {"schedule", WordOf(ScheduleWords(), recipe.schedule)},
               {"layers", layers},
               {"storage", WordOf(StorageWords(), recipe.storage)},
               {"card",
                {{"default_noise_stddev", recipe.card.default_noise_stddev},
                 {"default_process", WordOf(ProcessWords(), recipe.card.default_process)},
                 {"default_rank", recipe.card.default_rank},
                 {"start_examples", recipe.card.start_examples}}}};
  if (recipe.finetune.has_value()) json["finetune"] = ToJson(*recipe.finetune);
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

void ApplyOverrides(const RecipeOverrides& overrides, Recipe& recipe) {
  if (overrides.seed.has_value()) recipe.seed = *overrides.seed;
  const std::optional<int> epochs = overrides.quick ? std::optional<int>(1) : overrides.epochs;
  if (!epochs.has_value()) return;
  for (LayerRecipe& layer : recipe.layers) layer.epochs = *epochs;
  if (recipe.finetune.has_value()) recipe.finetune->epochs = *epochs;
}

}  // namespace cae
