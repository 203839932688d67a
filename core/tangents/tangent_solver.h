// TangentSolver: the leading singular triplets of the encoder's Jacobian at many points at once.
#ifndef CAE_CORE_TANGENTS_TANGENT_SOLVER_H_
#define CAE_CORE_TANGENTS_TANGENT_SOLVER_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/model/autoencoder.h"
#include "core/model/jacobian_batch.h"
#include "core/tangents/point_jacobian.h"
#include "core/tangents/tangent_batch.h"

namespace cae {

/// How triplets are found, from the fastest way to the surest. A point that fails one goes alone to
/// the next.
enum class TangentMethod {
  kGramLanczos,  ///< float32 Lanczos on J Jᵀ (or Jᵀ J), all points in lockstep
  kGolubKahan,   ///< Golub–Kahan–Lanczos bidiagonalisation of J in double: nothing is squared
  kDense,        ///< singular value decomposition of J in double
};

/// Finds tangents, those of the weights in float32: a model whose products are coarser has others
/// for Jacobians (Autoencoder::float32_encoder). Immutable, thread-safe; refers to the model, which
/// must outlive it.
///
/// A point's bits depend on the model, the point, rank and tolerance alone: not on the points
/// beside it. Singular values above σ_1 / 100 are right to 1e-5 of their size, smaller ones to
/// residual σ_1.
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
  /// `tolerance` (values below 1e-6 count as 1e-6: results are float32). `jacobians` has been
  /// evaluated at `below`, [n, input_units()]. `workspace` keeps some 400 KB for each of up to 32
  /// points. The yield point is called at least between any two products; its error is returned,
  /// and `tangents` is then unspecified. A point whose Jacobian is not finite has NaN for tangents:
  /// those beside it are none the worse. INTERNAL where products of finite numbers leave the
  /// doubles.
  absl::Status Solve(const JacobianBatch& jacobians, ConstMatrixView below, Index rank,
                     double tolerance, TangentBatch& tangents, Workspace& workspace,
                     YieldPoint yield) const;

  /// Floating-point operations of one point that needs no second method, for admission.
  double EstimatedFlops(Index rank) const;

 private:
  /// By the first method. `left`: points that it leaves to the others.
  absl::Status SolveTogether(const JacobianBatch& jacobians, ConstMatrixView below, Index rank,
                             double tolerance, TangentBatch& tangents, Workspace& workspace,
                             YieldPoint yield, std::vector<Index>& left) const;
  absl::StatusOr<TangentSpace> SolveAlone(const PointJacobian& jacobian, Index rank,
                                          double tolerance, YieldPoint yield) const;

  const Autoencoder* model_;
  const int first_, last_;
  const TangentMethod first_method_;
};

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_TANGENT_SOLVER_H_
