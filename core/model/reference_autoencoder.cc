#include "core/model/reference_autoencoder.h"

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/model/standardisation.h"

namespace cae {
namespace {

VectorD Dense(const MatrixD& weight, const VectorD& x, const VectorD& bias, Activation activation) {
  return (weight * x + bias).unaryExpr([activation](double a) { return Activate(activation, a); });
}

}  // namespace

ReferenceAutoencoder::ReferenceAutoencoder(ModelParameters parameters) {
  FoldStandardisation(parameters);
  for (const LayerParameters& layer : parameters.layers) {
    ReferenceLayer reference;
    reference.weight = layer.encoder.weight.cast<double>();
    reference.bias = layer.encoder.bias.cast<double>();
    reference.activation = layer.encoder.activation;
    reference.decoder_weight = layer.tied() ? MatrixD(reference.weight.transpose())
                                            : MatrixD(layer.decoder_weight.cast<double>());
    reference.decoder_bias = layer.decoder_bias.cast<double>();
    reference.decoder_activation = layer.decoder_activation;
    layers_.push_back(std::move(reference));
  }
}

std::vector<VectorD> ReferenceAutoencoder::Forward(const VectorD& below, int first,
                                                   int last) const {
  CAE_CHECK(1 <= first && first <= last && last <= layers(),
            absl::StrCat("layers ", first, " to ", last, " of ", layers()));
  std::vector<VectorD> states = {below};
  for (int l = first; l <= last; ++l) {
    const ReferenceLayer& layer = layers_[l - 1];
    states.push_back(Dense(layer.weight, states.back(), layer.bias, layer.activation));
  }
  return states;
}

VectorD ReferenceAutoencoder::Decode(const VectorD& code, int from, int to) const {
  CAE_CHECK(0 <= to && to <= from && from <= layers(),
            absl::StrCat("decoding from layer ", from, " to ", to, " of ", layers()));
  VectorD state = code;
  for (int l = from; l > to; --l) {
    const ReferenceLayer& layer = layers_[l - 1];
    state = Dense(layer.decoder_weight, state, layer.decoder_bias, layer.decoder_activation);
  }
  return state;
}

}  // namespace cae
