// A tiny RBM whose distribution is enumerated state by state: what estimates are compared with.
#ifndef CAE_TESTS_TRAINER_BASELINES_SMALL_RBM_H_
#define CAE_TESTS_TRAINER_BASELINES_SMALL_RBM_H_

#include <cmath>
#include <cstdint>

#include "tests/testing/random_matrix.h"
#include "trainer/baselines/rbm.h"

namespace cae::testing {

inline constexpr Index kSmallVisible = 6, kSmallHidden = 5;

/// Weights large enough for the units to depend on each other, small enough for chains to mix.
inline Rbm SmallRbm(std::uint64_t seed, Index units = kSmallHidden, Index inputs = kSmallVisible) {
  Rbm rbm;
  rbm.hidden.weight = RandomMatrix(units, inputs, seed, -1.5, 1.5);
  rbm.hidden.bias = RandomVector(units, seed + 1, -0.8, 0.8);
  rbm.visible_bias = RandomVector(inputs, seed + 2, -0.8, 0.8);
  return rbm;
}

/// Unit i is bit i of `state`.
inline VectorD Bits(int state, Index size) {
  VectorD bits(size);
  for (Index i = 0; i < size; ++i) bits[i] = (state >> i) & 1;
  return bits;
}

/// exp(hᵀ W v + cᵀ h + bᵀ v), without a normalisation.
inline double Weight(const Rbm& rbm, const VectorD& visible, const VectorD& hidden) {
  return std::exp(hidden.dot(rbm.hidden.weight.cast<double>() * visible) +
                  rbm.hidden.bias.cast<double>().dot(hidden) +
                  rbm.visible_bias.cast<double>().dot(visible));
}

/// p(v, h) of all states, [states of v, states of h].
inline MatrixD JointProbabilities(const Rbm& rbm) {
  const int visible = 1 << rbm.visible_units(), hidden = 1 << rbm.units();
  MatrixD joint(visible, hidden);
  for (int v = 0; v < visible; ++v) {
    for (int h = 0; h < hidden; ++h) {
      joint(v, h) = Weight(rbm, Bits(v, rbm.visible_units()), Bits(h, rbm.units()));
    }
  }
  return joint / joint.sum();
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TRAINER_BASELINES_SMALL_RBM_H_
