// Checks of the CAE gradient: the formulas against finite differences, the fast path against the
// formulas.
#ifndef CAE_TRAINER_CRITERIA_GRADIENT_CHECK_H_
#define CAE_TRAINER_CRITERIA_GRADIENT_CHECK_H_

#include <cstdint>

#include "core/math/activation.h"
#include "core/math/matrix.h"

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

/// max_i |g_i − r_i| / max(|g_i|, |r_i|, 10⁻³ max_k |r_k|): relative, but not to numbers that are
/// themselves all rounding.
struct GradientErrors {
  double formulas = 0;  ///< ReferenceGradient against central differences of five points, in double
  double fast_path = 0;  ///< CaeStep, in float, against ReferenceGradient
};

/// Time: about 4 · parameters · cost of the reference loss.
GradientErrors CheckCaeGradient(const GradientCheckCase& check);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_GRADIENT_CHECK_H_
