// ReferenceAutoencoder: the model in double precision, one row at a time, as the formulas stand.
// Slow and obviously right; what faster code is tested against.
#ifndef CAE_CORE_MODEL_REFERENCE_AUTOENCODER_H_
#define CAE_CORE_MODEL_REFERENCE_AUTOENCODER_H_

#include <vector>

#include "core/math/activation.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"

namespace cae {

/// One layer in double precision: h = s(W x + c), x̂ = s_d(V h + b).
struct ReferenceLayer {
  MatrixD weight;                                 ///< W, [units, input units]
  VectorD bias;                                   ///< c
  Activation activation = Activation::kLogistic;  ///< s
  MatrixD decoder_weight;  ///< V, [input units, units], also where it is tied
  VectorD decoder_bias;    ///< b
  Activation decoder_activation = Activation::kLogistic;  ///< s_d
};

/// Immutable and thread-safe. Holds two double copies of every weight: 12.5 MB for 784-1000.
class ReferenceAutoencoder {
 public:
  /// `parameters` must be valid; standardisation, if any is left in them, is folded as in
  /// Autoencoder.
  explicit ReferenceAutoencoder(ModelParameters parameters);

  int layers() const { return static_cast<int>(layers_.size()); }
  /// Layers from the input up; layer l of the formulas is [l − 1].
  const std::vector<ReferenceLayer>& stack() const { return layers_; }

  /// h_first, …, h_last for the state h_{first−1} = `below`; element 0 is `below` itself, so
  /// element i is h_{first−1+i}. 1 ≤ first ≤ last ≤ layers().
  std::vector<VectorD> Forward(const VectorD& below, int first, int last) const;

  /// The state of layer `to` decoded from that of layer `from` > `to`: ĝ_{to+1}(… ĝ_from(code)).
  VectorD Decode(const VectorD& code, int from, int to) const;

 private:
  std::vector<ReferenceLayer> layers_;
};

}  // namespace cae

#endif  // CAE_CORE_MODEL_REFERENCE_AUTOENCODER_H_
