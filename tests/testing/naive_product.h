// NaiveProduct: the product of two matrices as the formula stands, in double precision.
#ifndef CAE_TESTS_TESTING_NAIVE_PRODUCT_H_
#define CAE_TESTS_TESTING_NAIVE_PRODUCT_H_

#include "core/base/check.h"
#include "core/math/matrix.h"

namespace cae::testing {

/// C_ij = Σ_k A_ik B_kj by three loops. Takes any two matrix-like things with (row, column) access.
template <typename A, typename B>
MatrixD NaiveProduct(const A& a, const B& b) {
  CAE_CHECK(a.cols() == b.rows(), "shapes do not fit");
  MatrixD c = MatrixD::Zero(a.rows(), b.cols());
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index k = 0; k < a.cols(); ++k) {
      for (Index j = 0; j < b.cols(); ++j) {
        c(i, j) += static_cast<double>(a(i, k)) * static_cast<double>(b(k, j));
      }
    }
  }
  return c;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_NAIVE_PRODUCT_H_
