// JacobianNorm: ‖J‖²_F of an encoder, the contraction of the paper, by packed products.
#ifndef CAE_CORE_MODEL_JACOBIAN_NORM_H_
#define CAE_CORE_MODEL_JACOBIAN_NORM_H_

#include <vector>

#include "core/math/matrix.h"
#include "core/math/packed_dense.h"
#include "core/math/workspace.h"
#include "core/model/model_parameters.h"

namespace cae {

/// ‖D_l W_l ⋯ D_1 W_1‖²_F at one point, for any l ≤ L and any diagonals D_i.
///
/// One layer: Σ_j d_j² ‖W_j‖². More: the rows of W_l are scaled by D_{l−1} and sent through
/// W_{l−1}, and so on down, as a batch goes through a packed layer; what arrives is W_l D_{l−1} ⋯
/// W_1, whose squared rows are summed with the weights d_l². Products are float32, sums double:
/// relative errors of about 1e-6. 2 h_l (h_{l−1} h_{l−2} + ⋯ + h_1 d) operations, 1.6 GFLOP for
/// 784-1000-1000.
///
/// Immutable and thread-safe; each calling thread brings its own Workspace. Refers to the weights
/// and their packed forms, which must outlive it.
class JacobianNorm {
 public:
  /// `layers` must be valid and free of standardisation. `pullbacks[i]` gives W_{i+1}ᵀ as its
  /// kLinear, for the layers below the top.
  JacobianNorm(const std::vector<LayerParameters>& layers,
               std::vector<const PackedDense*> pullbacks);

  /// derivatives[i] is the diagonal of D_{i+1}; as many as there are layers in J, 1 ≤ l ≤ L. The
  /// bits depend on the weights and the derivatives alone.
  double Squared(const std::vector<VectorD>& derivatives, Workspace& workspace) const;

 private:
  const std::vector<LayerParameters>* layers_;
  VectorD first_row_norms_;                    ///< ‖row j of W_1‖²
  std::vector<const PackedDense*> pullbacks_;  ///< [i]: u ↦ W_{i+1}ᵀ u
};

}  // namespace cae

#endif  // CAE_CORE_MODEL_JACOBIAN_NORM_H_
