// JacobianOperator: products with the encoder's Jacobian at one point, without forming it.
#ifndef CAE_CORE_MODEL_JACOBIAN_OPERATOR_H_
#define CAE_CORE_MODEL_JACOBIAN_OPERATOR_H_

#include <vector>

#include "core/math/matrix.h"
#include "core/model/reference_autoencoder.h"

namespace cae {

/// J = ∂h_last/∂h_{first−1} = D_last W_last ⋯ D_first W_first at one point, D_l = diag(s'(a_l)), in
/// double precision. [units of layer `last`, units of layer `first` − 1]: code by input.
///
/// Thread-compatible and cheap to make (one forward pass); refers to the model, which must outlive
/// it.
class JacobianOperator {
 public:
  /// `states` as ReferenceAutoencoder::Forward(x, first, last) returned them.
  JacobianOperator(const ReferenceAutoencoder& model, const std::vector<VectorD>& states,
                   int first);

  Index rows() const { return derivatives_.back().size(); }
  Index cols() const;

  VectorD Apply(const VectorD& v) const;            ///< J v
  VectorD ApplyTransposed(const VectorD& u) const;  ///< Jᵀ u
  VectorD ApplyGram(const VectorD& u) const;        ///< J Jᵀ u, the step of the chain for noise u
  /// ‖J‖²_F. One layer: Σ_j d_j² ‖W_j‖². More: row by row, as much work as forming J, in the memory
  /// of a few rows.
  double SquaredFrobeniusNorm() const;
  /// J itself, for decompositions and tests.
  MatrixD ToDense() const;

 private:
  /// Rows [begin, begin + count) of J.
  MatrixD DenseRows(Index begin, Index count) const;

  const ReferenceAutoencoder& model_;
  const int first_;
  std::vector<VectorD> derivatives_;  ///< [i]: diagonal of D_{first+i}
};

}  // namespace cae

#endif  // CAE_CORE_MODEL_JACOBIAN_OPERATOR_H_
