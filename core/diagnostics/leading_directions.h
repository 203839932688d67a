// The directions in which a weight matrix stretches inputs most.
#ifndef CAE_CORE_DIAGNOSTICS_LEADING_DIRECTIONS_H_
#define CAE_CORE_DIAGNOSTICS_LEADING_DIRECTIONS_H_

#include "core/math/matrix.h"

namespace cae {

/// The right singular vectors of `weight` [units, d] with the `count` largest singular values, as
/// rows [count, d], in descending order; rows beyond d are zero. The component of largest magnitude
/// is positive (the first of them on ties). Equal singular values: any orthonormal basis of the
/// space they share.
///
/// Block Krylov iteration on WᵀW in double precision with full reorthogonalisation (Golub and Van
/// Loan, Matrix Computations, 4th ed., section 10.3.6), from fixed start vectors: deterministic,
/// and values that come up to `count` times over are found as often. Stops where ‖WᵀW v − σ² v‖ ≤
/// 1e-7 σ₁² for all of them, or when the basis has 180 vectors, which spectra that are nearly flat
/// may take.
MatrixD LeadingRightSingularVectors(ConstMatrixView weight, Index count);

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_LEADING_DIRECTIONS_H_
