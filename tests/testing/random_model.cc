#include "tests/testing/random_model.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "tests/testing/random_matrix.h"

namespace cae::testing {
namespace {

Matrix RandomWeight(Index rows, Index cols, std::uint64_t seed) {
  const double bound = std::sqrt(6.0 / static_cast<double>(rows + cols));
  return RandomMatrix(rows, cols, seed, -bound, bound);
}

DenseParameters RandomDense(Index inputs, Index outputs, Activation activation,
                            std::uint64_t seed) {
  return {RandomWeight(outputs, inputs, seed), RandomVector(outputs, seed + 1, -0.5, 0.5),
          activation};
}

}  // namespace

ModelParameters RandomModelParameters(const std::vector<Index>& sizes,
                                      const std::vector<Activation>& activations, Weights weights,
                                      std::uint64_t seed) {
  CAE_CHECK(sizes.size() >= 2, "a model needs the units of its input and of one layer");
  CAE_CHECK(activations.size() == 1 || activations.size() + 1 == sizes.size(),
            "one activation for all layers or one a layer");
  seed *= 1000;  // room for the seeds of all tensors, apart from those of the next model
  ModelParameters parameters;
  Activation below = activations.front();
  for (std::size_t l = 1; l < sizes.size(); ++l) {
    const Activation activation = activations.size() == 1 ? activations[0] : activations[l - 1];
    LayerParameters layer;
    layer.encoder = RandomDense(sizes[l - 1], sizes[l], activation, seed + 10 * l);
    if (weights == Weights::kUntied) {
      layer.decoder_weight = RandomWeight(sizes[l - 1], sizes[l], seed + 10 * l + 2);
    }
    layer.decoder_bias = RandomVector(sizes[l - 1], seed + 10 * l + 3, -0.5, 0.5);
    layer.decoder_activation = below;
    below = activation;
    parameters.layers.push_back(std::move(layer));
  }
  parameters.start_examples = RandomMatrix(3, sizes.front(), seed + 1, 0, 1);
  parameters.card.input_shape = {sizes.front()};
  return parameters;
}

void AddRandomClassifier(const std::vector<Index>& tower_sizes, Index classes, std::uint64_t seed,
                         ModelParameters& parameters) {
  ClassifierParameters& classifier = parameters.classifier;
  Index below = tower_sizes.empty() ? parameters.code_units() : parameters.input_units();
  seed *= 1000;
  for (const Index units : tower_sizes) {
    classifier.layers.push_back(RandomDense(below, units, Activation::kLogistic, seed += 10));
    below = units;
  }
  classifier.output = RandomDense(below, classes, Activation::kIdentity, seed + 500);
  for (Index i = 0; i < classes; ++i) {
    parameters.card.class_labels.push_back(absl::StrCat("class ", i));
  }
}

void AddRandomStandardisation(std::uint64_t seed, ModelParameters& parameters) {
  parameters.input_offset = RandomVector(parameters.input_units(), seed * 1000, -1, 1);
  parameters.input_scale = RandomVector(parameters.input_units(), seed * 1000 + 1, 0.5, 2);
  parameters.layers.front().decoder_activation = Activation::kIdentity;
}

}  // namespace cae::testing
