// RitzValues: what the tridiagonal matrix of a Lanczos run says of the operator's spectrum.
#ifndef CAE_CORE_TANGENTS_RITZ_VALUES_H_
#define CAE_CORE_TANGENTS_RITZ_VALUES_H_

#include "core/math/matrix.h"

namespace cae {

/// Eigenvalues of a symmetric tridiagonal matrix T of size m, and how far each is from being one of
/// the operator's. Plain data.
struct RitzValues {
  VectorD values;     ///< [m], descending
  VectorD residuals;  ///< [count]: β_m |last element of eigenvector i|, i = 0 … count − 1

  /// T has the diagonal alpha[0 … m − 1] and beside it beta[0 … m − 2]; beta[m − 1] is what the
  /// run's last step left over. O(m²): eigenvalues alone, of T and of T without its last row, since
  /// the last element s_i of eigenvector i has s_i² = Π_j (θ_i − μ_j) / Π_{j≠i} (θ_i − θ_j).
  static RitzValues Of(const VectorD& alpha, const VectorD& beta, Index m, Index count);
};

/// Of the same T the eigenvectors of the `count` largest eigenvalues, [count, m], in that order.
MatrixD RitzVectors(const VectorD& alpha, const VectorD& beta, Index m, Index count);

/// Whether the i-th largest of the values is as good as asked: σ_i = √θ_i to 2e-6 of itself by the
/// bounds |θ − λ| ≤ min(r, r²/gap), and r/(σ_i σ_1) ≤ `residual`. `largest`: θ_1.
bool IsConverged(const RitzValues& ritz, Index i, double residual, double largest);

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_RITZ_VALUES_H_
