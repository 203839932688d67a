// PointJacobian: the encoder's Jacobian at one point in double precision, straight from the float
// weights of a loaded model.
#ifndef CAE_CORE_TANGENTS_POINT_JACOBIAN_H_
#define CAE_CORE_TANGENTS_POINT_JACOBIAN_H_

#include <vector>

#include "core/math/matrix.h"
#include "core/model/autoencoder.h"

namespace cae {

/// J = ∂h_last/∂h_{first−1} = D_last W_last ⋯ D_first W_first, [code units, input units]. Weights
/// are widened as they are read, so it holds nothing but the diagonals. Immutable, thread-safe;
/// refers to the model, which must outlive it.
class PointJacobian {
 public:
  /// At h_{first−1} = `below`, 1 ≤ first ≤ last ≤ model.layers().
  PointJacobian(const Autoencoder& model, int first, int last, const VectorD& below);

  Index rows() const { return derivatives_.back().size(); }
  Index cols() const { return Weight(0).cols(); }

  bool IsFinite() const;                            ///< all of its diagonals are
  VectorD Apply(const VectorD& v) const;            ///< J v
  VectorD ApplyTransposed(const VectorD& u) const;  ///< Jᵀ u
  MatrixD ToDense() const;                          ///< J itself

 private:
  const Matrix& Weight(std::size_t i) const;  ///< W_{first+i}

  const Autoencoder& model_;
  const int first_;
  std::vector<VectorD> derivatives_;  ///< [i]: diagonal of D_{first+i}
};

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_POINT_JACOBIAN_H_
