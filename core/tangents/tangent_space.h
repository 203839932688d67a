// TangentSpace: the leading singular triplets of the encoder's Jacobian at one input.
#ifndef CAE_CORE_TANGENTS_TANGENT_SPACE_H_
#define CAE_CORE_TANGENTS_TANGENT_SPACE_H_

#include "core/math/matrix.h"

namespace cae {

/// J = U S Vᵀ, cut to the k largest singular values. Plain data.
///
/// Sign: the component of largest magnitude of each direction is positive (the first of them on
/// ties), the code direction u = J v / σ takes v's sign. Equal singular values: any orthonormal
/// basis of the space they share. J = 0: values 0, directions and code directions e_1 … e_k,
/// residuals 0.
struct TangentSpace {
  VectorD singular_values;  ///< [k], descending
  MatrixD directions;       ///< [k, d], orthonormal rows v_i: the tangent plane in input space
  MatrixD code_directions;  ///< [k, h], orthonormal rows u_i
  VectorD residuals;        ///< [k]: max(‖J v − σ u‖, ‖Jᵀ u − σ v‖) / σ_1
};

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_TANGENT_SPACE_H_
