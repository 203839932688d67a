#include "server/services/model_card_message.h"

#include "core/base/check.h"
#include "server/requests/model_messages.h"

namespace cae {
namespace {

v1::ModelState ToMessage(VersionState state) {
  switch (state) {
    case VersionState::kLoading:
      return v1::MODEL_STATE_LOADING;
    case VersionState::kReady:
      return v1::MODEL_STATE_READY;
    case VersionState::kUnloaded:
      return v1::MODEL_STATE_UNLOADED;
    case VersionState::kFailed:
      return v1::MODEL_STATE_FAILED;
  }
  CAE_CHECK(false, "a state that no version has");
}

v1::Activation ToMessage(Activation activation) {
  switch (activation) {
    case Activation::kLogistic:
      return v1::ACTIVATION_LOGISTIC;
    case Activation::kTanh:
      return v1::ACTIVATION_TANH;
    case Activation::kRelu:
      return v1::ACTIVATION_RELU;
    case Activation::kIdentity:
      return v1::ACTIVATION_IDENTITY;
  }
  CAE_CHECK(false, "an activation that no layer has");
}

v1::Precision ToMessage(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return v1::PRECISION_FLOAT32;
    case Precision::kBFloat16:
      return v1::PRECISION_BFLOAT16;
  }
  CAE_CHECK(false, "a precision that no product has");
}

void AddLayer(const LayerParameters& layer, v1::Model& message) {
  v1::LayerInfo& info = *message.add_layers();
  info.set_input_units(layer.input_units());
  info.set_units(layer.units());
  info.set_activation(ToMessage(layer.encoder.activation));
  info.set_decoder_activation(ToMessage(layer.decoder_activation));
  info.set_tied(layer.tied());
}

void AddLimits(const ServableLimits& limits, v1::ModelLimits& message) {
  message.set_max_rows(limits.max_rows);
  message.set_max_chains(limits.max_chains);
  message.set_max_rank(static_cast<std::int32_t>(limits.max_rank));
  message.set_max_message_bytes(limits.max_message_bytes);
}

void AddCard(const ModelCard& card, v1::Model& message) {
  message.mutable_input_shape()->Add(card.input_shape.begin(), card.input_shape.end());
  message.mutable_input_range()->set_minimum(card.input_minimum);
  message.mutable_input_range()->set_maximum(card.input_maximum);
  message.mutable_class_labels()->Add(card.class_labels.begin(), card.class_labels.end());
  message.set_default_noise_stddev(card.default_noise_stddev);
  message.set_default_process(ToMessage(card.default_process));
  message.set_default_rank(static_cast<std::int32_t>(card.default_rank));
  message.mutable_training()->insert(card.training.begin(), card.training.end());
}

}  // namespace

v1::Model ToModelMessage(const VersionStatus& version) {
  v1::Model message;
  message.set_name(version.name);
  message.set_version(version.version);
  message.mutable_labels_of_version()->Add(version.labels.begin(), version.labels.end());
  message.set_state(ToMessage(version.state));
  if (version.state == VersionState::kFailed) message.set_state_message(version.message);
  if (version.servable == nullptr) return message;
  const Servable& servable = *version.servable;
  const Autoencoder& autoencoder = *servable.autoencoder;
  message.set_digest(servable.identity.digest);
  message.set_fingerprint(servable.identity.fingerprint);
  for (const LayerParameters& layer : autoencoder.parameters().layers) AddLayer(layer, message);
  message.set_input_units(autoencoder.input_units());
  message.set_code_units(autoencoder.code_units());
  message.set_precision(ToMessage(autoencoder.precision()));
  message.set_has_classifier(autoencoder.has_classifier());
  AddLimits(servable.limits, *message.mutable_limits());
  AddCard(autoencoder.card(), message);
  return message;
}

}  // namespace cae
