// ReferenceChain: the sampling process as the paper writes it, in double precision, one chain at a
// time.
#ifndef CAE_CORE_SAMPLING_REFERENCE_CHAIN_H_
#define CAE_CORE_SAMPLING_REFERENCE_CHAIN_H_

#include <cstdint>

#include "core/math/matrix.h"
#include "core/model/reference_autoencoder.h"
#include "core/sampling/chain_parameters.h"

namespace cae {

/// x_t = g( f(x_{t−1}) + J Jᵀ ε ), ε ~ N(0, σ² I): Rifai, Bengio, Dauphin, Vincent, "A Generative
/// Process for Sampling Contractive Auto-Encoders", ICML 2012. The perturbed code is not clipped,
/// the output is the decoder's mean, nothing is rejected. With rank k, J Jᵀ ε becomes U_k S_k² U_kᵀ
/// ε for the same ε.
///
/// kComposed: f, g and J of the whole stack, the state is the input x. kTopLayer: f, g and J of the
/// top layer, the state is the code h_{L−1} below it, which is decoded for output.
///
/// ε of a transition is StandardNormals(seed, {chain, step}), so a state is determined by the
/// parameters, the start and the number of steps: chains can be stopped, moved and carried on.
/// States are float32 between steps, as they travel.
///
/// Immutable and thread-safe; refers to the model, which must outlive it.
class ReferenceChain {
 public:
  ReferenceChain(const ReferenceAutoencoder& model, const ChainParameters& parameters);

  /// Units of a state: the input's (kComposed) or those of layer L − 1 (kTopLayer).
  Index state_units() const;

  /// The state that a chain started at `input` begins with.
  Vector InitialState(const Vector& input) const;

  struct Transition {
    Vector state;  ///< x_t or h_{L−1,t}
    Vector code;   ///< the perturbed code that was decoded, [units of layer L]
  };
  /// Transition number `step` (from 0) of chain number `chain`.
  Transition Step(const Vector& state, std::uint64_t chain, std::uint64_t step) const;

  /// What a state looks like in input space: itself, or decoded to it.
  Vector Output(const Vector& state) const;

 private:
  const ReferenceAutoencoder& model_;
  const ChainParameters parameters_;
  const int first_layer_;  ///< the layers that a step encodes and decodes: first_layer_ to L
};

}  // namespace cae

#endif  // CAE_CORE_SAMPLING_REFERENCE_CHAIN_H_
