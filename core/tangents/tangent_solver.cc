#include "core/tangents/tangent_solver.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/tangents/dense_tangents.h"
#include "core/tangents/golub_kahan.h"
#include "core/tangents/gram_lanczos.h"

namespace cae {
namespace {

// Below this, rounding to float32 would show in the residuals.
constexpr double kSmallestTolerance = 1e-6;

}  // namespace

TangentSolver::TangentSolver(const Autoencoder& model, int first, int last,
                             TangentMethod first_method)
    : model_(&model), first_(first), last_(last), first_method_(first_method) {
  CAE_CHECK(1 <= first && first <= last && last <= model.layers(),
            absl::StrCat("layers ", first, " to ", last, " of ", model.layers()));
}

Index TangentSolver::max_rank() const { return std::min(code_units(), input_units()); }

absl::Status TangentSolver::Solve(const JacobianBatch& jacobians, ConstMatrixView below, Index rank,
                                  double tolerance, TangentBatch& tangents, Workspace& workspace,
                                  YieldPoint yield) const {
  CAE_CHECK(below.rows() == jacobians.points() && below.cols() == input_units() &&
                jacobians.input_units() == input_units() && jacobians.code_units() == code_units(),
            "the batch is of other points or layers");
  CAE_CHECK(1 <= rank && rank <= max_rank(), absl::StrCat("rank ", rank, " of ", max_rank()));
  tangents.Resize(below.rows(), rank, input_units(), code_units());
  if (below.rows() == 0) return absl::OkStatus();
  tolerance = std::max(tolerance, kSmallestTolerance);
  std::vector<Index> left(below.rows());
  std::iota(left.begin(), left.end(), Index{0});
  if (first_method_ == TangentMethod::kGramLanczos) {
    CAE_RETURN_IF_ERROR(
        SolveTogether(jacobians, below, rank, tolerance, tangents, workspace, yield, left));
  }
  workspace.tangent_fallbacks += static_cast<std::int64_t>(left.size());
  for (const Index point : left) {
    const PointJacobian jacobian(*model_, first_, last_,
                                 below.row(point).transpose().cast<double>());
    if (!jacobian.IsFinite()) {
      tangents.SetNotFinite(point);
      continue;
    }
    CAE_ASSIGN_OR_RETURN(const TangentSpace space, SolveAlone(jacobian, rank, tolerance, yield));
    tangents.Set(point, space);
  }
  return absl::OkStatus();
}

absl::Status TangentSolver::SolveTogether(const JacobianBatch& jacobians, ConstMatrixView below,
                                          Index rank, double tolerance, TangentBatch& tangents,
                                          Workspace& workspace, YieldPoint yield,
                                          std::vector<Index>& left) const {
  const GramLanczosPlan plan = GramLanczosPlan::For(*model_, first_, last_);
  if (model_->precision() == Precision::kFloat32) {
    return GramLanczos(plan, jacobians, rank, tolerance, tangents, workspace).Run(yield, left);
  }
  // Coarser products would leave residuals of their own size.
  JacobianBatch finer(*model_, first_, last_, Precision::kFloat32);
  CAE_RETURN_IF_ERROR(finer.Evaluate(below, workspace, yield));
  return GramLanczos(plan, finer, rank, tolerance, tangents, workspace).Run(yield, left);
}

absl::StatusOr<TangentSpace> TangentSolver::SolveAlone(const PointJacobian& jacobian, Index rank,
                                                       double tolerance, YieldPoint yield) const {
  if (first_method_ != TangentMethod::kDense) {
    CAE_ASSIGN_OR_RETURN(std::optional<TangentSpace> space,
                         GolubKahanTangents(jacobian, rank, tolerance, yield));
    if (space) return *std::move(space);
  }
  CAE_RETURN_IF_ERROR(yield());
  const MatrixD dense = jacobian.ToDense();
  if (!dense.allFinite()) return absl::InternalError("the Jacobian is not finite");
  CAE_RETURN_IF_ERROR(yield());
  return DenseTangents(dense, rank);
}

double TangentSolver::EstimatedFlops(Index rank) const {
  const GramLanczosPlan plan = GramLanczosPlan::For(*model_, first_, last_);
  const Index near = plan.on_codes ? code_units() : input_units();
  const double k = static_cast<double>(rank);
  // Trained models take about 1.5 k + 8 steps to converge, and 10 to see that nothing was missed.
  const double steps = std::min(static_cast<double>(near), 1.5 * k + 8) + 10;
  const double orthogonalisation = 2 * steps * steps * static_cast<double>(near);
  return steps * plan.step_flops + orthogonalisation + 2 * k * plan.side_flops;
}

}  // namespace cae
