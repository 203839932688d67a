// TangentBatch: the tangents of many points.
#ifndef CAE_CORE_TANGENTS_TANGENT_BATCH_H_
#define CAE_CORE_TANGENTS_TANGENT_BATCH_H_

#include "core/math/matrix.h"
#include "core/tangents/tangent_space.h"

namespace cae {

/// The k leading triplets at n points; see TangentSpace for signs and for what ties and zeros give.
/// Plain data; reuse it from call to call to keep its memory.
struct TangentBatch {
  Matrix singular_values;  ///< [n, k], descending
  Matrix residuals;        ///< [n, k]: max(‖J v − σ u‖, ‖Jᵀ u − σ v‖) / σ_1
  Matrix directions;       ///< [n k, d]: row i k + j is v_j of point i
  Matrix code_directions;  ///< [n k, h]: row i k + j is u_j of point i

  Index rank() const { return singular_values.cols(); }
  void Resize(Index points, Index rank, Index input_units, Index code_units);
  /// Makes `space`, of this rank, the tangents of one point.
  void Set(Index point, const TangentSpace& space);
  /// Makes all numbers of one point NaN.
  void SetNotFinite(Index point);
  /// Turns the triplets of one point so that the component of largest magnitude of each direction,
  /// the first on ties, is positive.
  void FixSigns(Index point);
};

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_TANGENT_BATCH_H_
