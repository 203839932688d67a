// ModelCard: what a model says about itself beside its numbers.
#ifndef CAE_CORE_MODEL_MODEL_CARD_H_
#define CAE_CORE_MODEL_MODEL_CARD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cae {

/// Which chain `Sample` runs (Rifai, Bengio, Dauphin, Vincent, ICML 2012).
enum class SampleProcess {
  kComposed,  ///< Jacobian of the whole stack, state = input
  kTopLayer,  ///< chain in the code space below the top layer, decoded for output; one layer: the
              ///< same as kComposed
};

/// Plain data, read from the metadata of a model file and written to it.
struct ModelCard {
  std::vector<std::int64_t>
      input_shape;  ///< how a row is laid out, {28, 28}; its product is the number of input units
  double input_minimum = 0;  ///< inputs outside [minimum, maximum] are refused
  double input_maximum = 1;
  std::vector<std::string>
      class_labels;  ///< one a class, in the order of the classifier's outputs; empty without one
  double default_noise_stddev = 1;  ///< σ of the chain where a request gives none
  SampleProcess default_process = SampleProcess::kComposed;
  std::int64_t default_rank =
      0;  ///< 0 = whole Jacobian; k = only the k leading singular directions
  /// Where the model comes from: recipe, seed, data, scores. Free keys; nothing is computed from
  /// it.
  std::map<std::string, std::string> training;
};

}  // namespace cae

#endif  // CAE_CORE_MODEL_MODEL_CARD_H_
