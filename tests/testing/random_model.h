// RandomModelParameters: small valid models with random weights.
#ifndef CAE_TESTS_TESTING_RANDOM_MODEL_H_
#define CAE_TESTS_TESTING_RANDOM_MODEL_H_

#include <cstdint>
#include <vector>

#include "core/model/model_parameters.h"

namespace cae::testing {

enum class Weights {
  kTied,    ///< V = Wᵀ
  kUntied,  ///< V drawn by itself
};

/// A model that passes Validate(): `sizes` are the units of layer 0 (the input) to L, `activations`
/// those of layers 1 to L; one activation serves all layers. The decoder of layer l has the
/// activation of layer l − 1, that of layer 1 the one of its encoder. Weights are uniform in
/// ±√(6 / (inputs + outputs)), biases in ±0.5; there are three start examples in [0, 1] and neither
/// classifier nor standardisation nor golden rows.
ModelParameters RandomModelParameters(const std::vector<Index>& sizes,
                                      const std::vector<Activation>& activations, Weights weights,
                                      std::uint64_t seed);

/// Gives a model a classifier over `classes` classes, labelled "class 0", "class 1" and so on, with
/// logistic tower layers of those sizes (none: it reads the code).
void AddRandomClassifier(const std::vector<Index>& tower_sizes, Index classes, std::uint64_t seed,
                         ModelParameters& parameters);

/// Gives a model standardised inputs; sets the identity as decoder activation of layer 1, as
/// standardisation needs it.
void AddRandomStandardisation(std::uint64_t seed, ModelParameters& parameters);

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_RANDOM_MODEL_H_
