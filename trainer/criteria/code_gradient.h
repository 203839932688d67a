// What the gradient of the CAE criterion is at the codes of one row.
#ifndef CAE_TRAINER_CRITERIA_CODE_GRADIENT_H_
#define CAE_TRAINER_CRITERIA_CODE_GRADIENT_H_

#include "absl/types/span.h"
#include "core/math/activation.h"

namespace cae {

/// Sums over the rows of a batch, one element a unit.
struct CodeGradientSums {
  absl::Span<float> deltas;               ///< Σ δ_j, the gradient of the encoder's bias
  absl::Span<float> squared_derivatives;  ///< Σ d_j²: ‖J‖²_F is Σ_j d_j² ‖W_j‖² a row
};

/// Turns gradients[j] = ∂loss/∂h_j into δ_j = ∂(loss + λ ‖J‖²_F)/∂a_j, where h = s(a), d = s'(a),
/// ‖J‖²_F = Σ_j d_j² ‖W_j‖²:
///   δ_j = d_j ∂loss/∂h_j + 2 λ d_j² (s''/s')(a_j) ‖W_j‖²,
/// and adds to the sums. That W_j also stands in ‖W_j‖² is the caller's part of the gradient. All
/// spans have the same length. Thread-safe.
void AddContractionAndDifferentiate(Activation activation, float contraction,
                                    absl::Span<const float> codes,
                                    absl::Span<const float> squared_norms,
                                    absl::Span<float> gradients, const CodeGradientSums& sums);

/// The part of one neighbour (neighbour_rows.h) with code h̃ in w ‖h − h̃‖², an invariance. Adds
/// ∂/∂h = 2 w (h − h̃) to `gradients`, turns `neighbour` from h̃ into
/// ∂/∂ã = −2 w (h − h̃) s'(ã), adds that to `delta_sums` and returns ‖h − h̃‖². Thread-safe.
double AddInvarianceAndDifferentiate(Activation activation, float weight,
                                     absl::Span<const float> codes, absl::Span<float> neighbour,
                                     absl::Span<float> gradients, absl::Span<float> delta_sums);

/// The part of one neighbour in w ‖J − J̃‖²_F = w Σ_j (d_j − d̃_j)² ‖W_j‖². Adds
/// ∂/∂a_j = 2 w (d_j − d̃_j) s''(a_j) ‖W_j‖² to `deltas`, turns `neighbour` from h̃ into
/// ∂/∂ã_j = −2 w (d_j − d̃_j) s''(ã_j) ‖W_j‖², and adds to the sums: both of these to `deltas`,
/// (d_j − d̃_j)² to `squared_derivatives`. That W_j also stands in ‖W_j‖² is the caller's part.
/// Thread-safe.
void AddStabilityAndDifferentiate(Activation activation, float weight,
                                  absl::Span<const float> codes,
                                  absl::Span<const float> squared_norms,
                                  absl::Span<float> neighbour, absl::Span<float> deltas,
                                  const CodeGradientSums& sums);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_CODE_GRADIENT_H_
