// Orthonormal rows: Gram–Schmidt on padded float rows (see krylov_kernels.h).
#ifndef CAE_CORE_TANGENTS_ORTHONORMAL_ROWS_H_
#define CAE_CORE_TANGENTS_ORTHONORMAL_ROWS_H_

#include <cstdint>

#include "core/math/matrix.h"

namespace cae {

double RowNorm(const float* row, Index stride);

/// row −= its projection on `count` orthonormal rows, of which inner[j] = −⟨row j, row⟩ is left.
void RemoveProjection(const float* rows, Index count, Index stride, float* inner, float* row);

/// `row` = a unit vector orthogonal to `count` < size orthonormal rows: vector `number` of
/// FixedVector() less its projection. `inner` is scratch for `count` floats.
void FreshUnitRow(std::uint64_t number, const float* rows, Index count, Index size, Index stride,
                  float* inner, float* row);

/// Replaces `count` ≤ size rows A by orthonormal Q with A = L Q and returns L, lower triangular. A
/// row that depends on those before it leaves a zero on the diagonal of L.
MatrixD OrthonormaliseRows(Index count, Index size, Index stride, float* inner, float* rows);

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_ORTHONORMAL_ROWS_H_
