// The vector loops of a Krylov method: products of one float vector with the rows of a basis.
#ifndef CAE_CORE_TANGENTS_KRYLOV_KERNELS_H_
#define CAE_CORE_TANGENTS_KRYLOV_KERNELS_H_

#include "core/math/matrix.h"

namespace cae {

/// Floats that rows of a basis are padded to a multiple of, with zeros: so no loop has a rest, and
/// an element's way through a sum depends on its place alone.
inline constexpr Index kKrylovPadding = 16;

/// `size` rounded up to the padding.
inline Index KrylovStride(Index size) {
  return (size + kKrylovPadding - 1) / kKrylovPadding * kKrylovPadding;
}

// Vectorised by Highway for the processor found at run time. Thread-safe. Row j of a basis starts
// at rows + j stride, padding included; vectors have `stride` elements too. The bits of a result
// depend on the numbers and on the processor, not on where in memory they lie; that of row j
// depends on no other row.

/// products[j] = ⟨row j, vector⟩, 0 ≤ j < count.
void InnerProducts(const float* rows, Index count, Index stride, const float* vector,
                   float* products);

/// vector += Σ_j coefficients[j] row j, in the order of the rows.
void AddCombination(const float* rows, Index count, Index stride, const float* coefficients,
                    float* vector);

/// to = factor from; the two may be the same.
void ScaleVector(float factor, const float* from, Index stride, float* to);

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_KRYLOV_KERNELS_H_
