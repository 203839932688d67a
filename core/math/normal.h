// Standard normal noise from Philox by Box–Muller: in double precision the definition of the noise
// of a chain, in float32 the noise itself.
#ifndef CAE_CORE_MATH_NORMAL_H_
#define CAE_CORE_MATH_NORMAL_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/math/matrix.h"
#include "core/math/philox.h"

namespace cae {

/// ε ~ N(0, I) with `size` elements for the place `at` of the job with that seed. Element i depends
/// on (seed, at, i) alone.
///
/// Of the four words w of a Philox block, with u(w) = (w + ½) 2⁻³² ∈ (0, 1): elements 0 and 1 are
/// √(−2 ln u(w0)) · (cos, sin)(2π u(w1)), elements 2 and 3 the same of w2 and w3. So |ε_i| < 6.8.
VectorD StandardNormals(std::uint64_t seed, NoiseCounter at, Index size);

/// The same in float32, what chains are made with: within 1e-6 of the definition, and the same bits
/// on every processor and instruction set. Thread-safe.
void StandardNormals(std::uint64_t seed, NoiseCounter at, absl::Span<float> normals);

}  // namespace cae

#endif  // CAE_CORE_MATH_NORMAL_H_
