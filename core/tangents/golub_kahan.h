// Golub–Kahan–Lanczos: tangents at one point in double precision, without squaring J.
#ifndef CAE_CORE_TANGENTS_GOLUB_KAHAN_H_
#define CAE_CORE_TANGENTS_GOLUB_KAHAN_H_

#include <optional>

#include "absl/status/statusor.h"
#include "core/math/yield_point.h"
#include "core/tangents/point_jacobian.h"
#include "core/tangents/tangent_space.h"

namespace cae {

/// The second method of the ladder: bidiagonalisation of J from the side with shorter vectors, with
/// full reorthogonalisation of both sides, in runs as LanczosRow makes them: later runs look in the
/// complement of what the earlier ones found for what they missed. 1 ≤ rank ≤ min(rows, cols);
/// residuals end below `tolerance`, signs as they come. Nothing if that takes too many steps. Calls
/// the yield point once a step and returns its error; INTERNAL if J is not finite.
absl::StatusOr<std::optional<TangentSpace>> GolubKahanTangents(const PointJacobian& jacobian,
                                                               Index rank, double tolerance,
                                                               YieldPoint yield);

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_GOLUB_KAHAN_H_
