// Tangents by a dense singular value decomposition: slow (0.7 s for 1000 x 784) and obviously
// right.
#ifndef CAE_CORE_TANGENTS_DENSE_TANGENTS_H_
#define CAE_CORE_TANGENTS_DENSE_TANGENTS_H_

#include "core/model/jacobian_operator.h"
#include "core/tangents/tangent_space.h"

namespace cae {

/// The `rank` leading triplets, 1 ≤ rank ≤ min(rows, cols) of the Jacobian, [code units, input
/// units]. Deterministic. Thread-safe.
TangentSpace DenseTangents(const MatrixD& jacobian, Index rank);
TangentSpace DenseTangents(const JacobianOperator& jacobian, Index rank);

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_DENSE_TANGENTS_H_
