// The gradient of the criterion of a whole stack against finite differences.
#ifndef CAE_TRAINER_CRITERIA_STACK_GRADIENT_CHECK_H_
#define CAE_TRAINER_CRITERIA_STACK_GRADIENT_CHECK_H_

#include <vector>

#include "trainer/criteria/gradient_check.h"

namespace cae {

/// A random stack on random rows.
struct StackCheckCase {
  GradientCheckCase layer;            ///< of every layer, but for its sizes
  std::vector<Index> units = {9, 7};  ///< of the layers, from the input up
  double noise_stddev = 0;            ///< of walkback; 0 = none
  bool corrupted = false;             ///< the inputs of the encoder
};

/// The error of StackStep, in float, against central differences in double of the criterion with
/// the noise of its first step held fast (finite_differences.h).
double CheckStackGradient(const StackCheckCase& check);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_STACK_GRADIENT_CHECK_H_
