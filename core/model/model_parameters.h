// ModelParameters: the numbers of a model as a file holds them and as a trainer makes them. Plain
// data, nothing is packed.
#ifndef CAE_CORE_MODEL_MODEL_PARAMETERS_H_
#define CAE_CORE_MODEL_MODEL_PARAMETERS_H_

#include <vector>

#include "absl/status/status.h"
#include "core/math/activation.h"
#include "core/math/matrix.h"
#include "core/model/model_card.h"

namespace cae {

/// y = s(W x + c), the form of an encoder layer and of a classifier layer.
struct DenseParameters {
  Matrix weight;  ///< W, [units, input units]
  Vector bias;    ///< c, [units]
  Activation activation = Activation::kLogistic;

  Index units() const { return weight.rows(); }
  Index input_units() const { return weight.cols(); }
};

/// One layer of an auto-encoder: h = s(W x + c), x̂ = s_d(V h + b), with V = Wᵀ where the weights
/// are tied.
struct LayerParameters {
  DenseParameters encoder;
  Matrix decoder_weight;                                  ///< V, [input units, units]; empty = tied
  Vector decoder_bias;                                    ///< b, [input units]
  Activation decoder_activation = Activation::kLogistic;  ///< s_d

  Index units() const { return encoder.units(); }
  Index input_units() const { return encoder.input_units(); }
  bool tied() const { return decoder_weight.size() == 0; }
};

/// A classifier with a tower of its own: probabilities = softmax(output(layers(x))). Fine-tuning
/// starts the tower from the encoder and then moves it, while the encoder stays as it was for codes
/// and samples. Without `layers` the output layer reads the encoder's top code.
struct ClassifierParameters {
  std::vector<DenseParameters> layers;
  DenseParameters output;  ///< [classes, units of the last layer], identity activation: its outputs
                           ///< are the logits

  bool present() const { return output.weight.size() > 0; }
};

/// Everything that a model file holds. Standardised inputs: x̃ = (x − offset) ⊙ scale enters layer
/// 1, and what layer 1 decodes is mapped back, x = x̃ ⊘ scale + offset; both vectors are empty where
/// inputs are used as they are.
struct ModelParameters {
  std::vector<LayerParameters> layers;  ///< from the input up; at least one
  ClassifierParameters classifier;      ///< optional, see present()
  Vector input_offset;                  ///< [input units] or empty
  Vector input_scale;                   ///< [input units], none zero, or empty
  Matrix start_examples;  ///< [m, input units], where chains begin by default; m ≥ 1
  Matrix golden_inputs;   ///< [m, input units] and
  Matrix golden_codes;  ///< [m, code units]: encode(inputs) as the trainer saw it, checked at load;
                        ///< m may be 0
  ModelCard card;

  Index input_units() const { return layers.front().input_units(); }
  Index code_units() const { return layers.back().units(); }
};

/// OK if the shapes fit together and every number is finite; otherwise INVALID_ARGUMENT naming the
/// tensor (by its name in a model file) and the reason.
absl::Status Validate(const ModelParameters& parameters);

}  // namespace cae

#endif  // CAE_CORE_MODEL_MODEL_PARAMETERS_H_
