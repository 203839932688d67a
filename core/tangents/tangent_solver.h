// TangentSolver: the leading singular triplets of the encoder's Jacobian at many points at once.
#ifndef CAE_CORE_TANGENTS_TANGENT_SOLVER_H_
#define CAE_CORE_TANGENTS_TANGENT_SOLVER_H_

#include "absl/status/status.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/model/autoencoder.h"

namespace cae {

class JacobianBatch;

/// The k leading triplets at n points; see TangentSpace for signs and for what ties and zeros give.
/// Plain data; reuse it from call to call to keep its memory.
struct TangentBatch {
  Matrix singular_values;  ///< [n, k], descending
  Matrix residuals;        ///< [n, k]: max(‖J v − σ u‖, ‖Jᵀ u − σ v‖) / σ_1
  Matrix directions;       ///< [n k, d]: row i k + j is v_j of point i
  Matrix code_directions;  ///< [n k, h]: row i k + j is u_j of point i
};

/// How triplets are found, from the fastest way to the surest. A point that fails one goes alone to
/// the next.
enum class TangentMethod {
  kGramLanczos,  ///< float32 Lanczos on J Jᵀ (or Jᵀ J), all points in lockstep
  kGolubKahan,   ///< Golub–Kahan–Lanczos bidiagonalisation of J in double: nothing is squared
  kDense,        ///< singular value decomposition of J in double
};

/// Finds tangents. Immutable, thread-safe; refers to the model, which must outlive it.
///
/// A point's bits depend on the model, the point, rank and tolerance alone: not on the points
/// beside it. Singular values of well separated triplets are right to 1e-5 of their size.
class TangentSolver {
 public:
  /// For J = ∂h_last/∂h_{first−1}, 1 ≤ first ≤ last ≤ model.layers(). `first_method` is for tests:
  /// where the ladder begins.
  TangentSolver(const Autoencoder& model, int first, int last,
                TangentMethod first_method = TangentMethod::kGramLanczos);

  Index code_units() const { return model_->units(last_); }
  Index input_units() const { return model_->units(first_ - 1); }
  Index max_rank() const;  ///< min(code_units(), input_units())

  /// The `rank` leading triplets at every point, 1 ≤ rank ≤ max_rank(), with residuals ≤
  /// `tolerance` (> 0; values below 1e-12 count as 1e-12). `jacobians` has been evaluated at
  /// `below`, [n, input_units()]. `workspace` keeps some 400 KB for each of up to 32 points. The
  /// yield point is called at least between any two products; its error is returned, and `tangents`
  /// is then unspecified. INTERNAL where a point's Jacobian is not finite.
  absl::Status Solve(const JacobianBatch& jacobians, ConstMatrixView below, Index rank,
                     double tolerance, TangentBatch& tangents, Workspace& workspace,
                     YieldPoint yield) const;

  /// Floating-point operations of one point that needs no second method, for admission.
  double EstimatedFlops(Index rank) const;

 private:
  const Autoencoder* model_;
  const int first_, last_;
  const TangentMethod first_method_;
};

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_TANGENT_SOLVER_H_
