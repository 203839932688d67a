// Gemm: a general product of float matrices that change all the time, as training has them. Fixed
// weights go through PackedDense instead.
#ifndef CAE_CORE_MATH_GEMM_H_
#define CAE_CORE_MATH_GEMM_H_

#include "core/math/matrix.h"

namespace cae {

enum class Transpose { kNo, kYes };

/// C = α op(A) op(B) + β C, by oneDNN on the calling thread alone. Blocks of larger matrices are
/// taken as they lie. With β = 0 what C held does not matter. Shapes must fit (checked); C may
/// overlap neither A nor B. Thread-safe.
void Gemm(Transpose transpose_a, Transpose transpose_b, float alpha, const ConstMatrixRef& a,
          const ConstMatrixRef& b, float beta, MatrixRef c);

}  // namespace cae

#endif  // CAE_CORE_MATH_GEMM_H_
