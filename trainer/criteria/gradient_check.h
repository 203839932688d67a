// Checks of the CAE gradient: the formulas against finite differences, the fast path against the
// formulas.
#ifndef CAE_TRAINER_CRITERIA_GRADIENT_CHECK_H_
#define CAE_TRAINER_CRITERIA_GRADIENT_CHECK_H_

#include <cstdint>

#include "core/math/activation.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"
#include "trainer/base/random_stream.h"

namespace cae {

/// A random layer and random rows in [0, 1] to check on.
struct GradientCheckCase {
  Index inputs = 12;
  Index units = 9;
  Index rows = 5;
  Activation activation = Activation::kLogistic;
  Activation decoder_activation = Activation::kLogistic;
  bool tied = true;
  double contraction = 0.7;  ///< λ
  std::uint64_t seed = 1;
};

/// The layer of a case.
LayerParameters RandomLayer(const GradientCheckCase& check, RandomStream& random);

/// As LargestRelativeError has them (finite_differences.h).
struct GradientErrors {
  double formulas = 0;  ///< ReferenceGradient against central differences of five points, in double
  double fast_path = 0;  ///< CaeStep, in float, against ReferenceGradient
};

/// Time: about 4 · parameters · cost of the reference loss.
GradientErrors CheckCaeGradient(const GradientCheckCase& check);

/// The same layer and rows with all that may be added to the criterion: γ, μ over a random layer
/// below, and corrupted inputs; returns the error of CaeStep, in float, against central differences
/// in double.
struct NeighbourCheckCase {
  GradientCheckCase layer;
  double stability = 0;   ///< γ
  double invariance = 0;  ///< μ
  int copies = 2;
  bool corrupted = false;
};
double CheckNeighbourGradient(const NeighbourCheckCase& check);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_GRADIENT_CHECK_H_
