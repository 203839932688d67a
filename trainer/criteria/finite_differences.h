// Finite differences: gradients by nothing but values, to check all others against.
#ifndef CAE_TRAINER_CRITERIA_FINITE_DIFFERENCES_H_
#define CAE_TRAINER_CRITERIA_FINITE_DIFFERENCES_H_

#include <functional>

#include "core/math/matrix.h"

namespace cae {

/// f'(x_i) ≈ (f(x_i − 2h) − 8 f(x_i − h) + 8 f(x_i + h) − f(x_i + 2h)) / 12 h for every i, h =
/// 10⁻⁴: central differences of five points, with an error of order h⁴.
VectorD NumericalGradient(const std::function<double(const VectorD&)>& f, const VectorD& x);

/// max_i |g_i − r_i| / max(|g_i|, |r_i|, 10⁻³ max_k |r_k|): relative, but not to numbers that are
/// themselves all rounding. NaN counts as an error.
double LargestRelativeError(const VectorD& gradient, const VectorD& reference);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_FINITE_DIFFERENCES_H_
