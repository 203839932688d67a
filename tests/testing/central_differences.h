// CentralDifferences: a Jacobian by nothing but values of the function.
#ifndef CAE_TESTS_TESTING_CENTRAL_DIFFERENCES_H_
#define CAE_TESTS_TESTING_CENTRAL_DIFFERENCES_H_

#include "core/math/matrix.h"

namespace cae::testing {

/// J_ij = ∂f_i/∂x_j at x by (f(x + t e_j) − f(x − t e_j)) / 2t, for f from VectorD to VectorD. With
/// the step of 1e-5 the truncation error is about 1e-10 and the rounding error about 1e-11, where f
/// and its derivatives are of order 1.
template <typename Function>
MatrixD CentralDifferences(const Function& f, const VectorD& x) {
  constexpr double kStep = 1e-5;
  MatrixD jacobian(f(x).size(), x.size());
  for (Index j = 0; j < x.size(); ++j) {
    const VectorD shift = kStep * VectorD::Unit(x.size(), j);
    jacobian.col(j) = (f(x + shift) - f(x - shift)) / (2 * kStep);
  }
  return jacobian;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_CENTRAL_DIFFERENCES_H_
