#include "core/tangents/tangent_solver.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/tangents/dense_tangents.h"
#include "core/tangents/point_jacobian.h"

namespace cae {
namespace {

void Store(const TangentSpace& space, Index point, TangentBatch& tangents) {
  const Index rank = space.singular_values.size();
  tangents.singular_values.row(point) = space.singular_values.cast<float>();
  tangents.residuals.row(point) = space.residuals.cast<float>();
  tangents.directions.middleRows(point * rank, rank) = space.directions.cast<float>();
  tangents.code_directions.middleRows(point * rank, rank) = space.code_directions.cast<float>();
}

}  // namespace

TangentSolver::TangentSolver(const Autoencoder& model, int first, int last,
                             TangentMethod first_method)
    : model_(&model), first_(first), last_(last), first_method_(first_method) {
  CAE_CHECK(1 <= first && first <= last && last <= model.layers(),
            absl::StrCat("layers ", first, " to ", last, " of ", model.layers()));
}

Index TangentSolver::max_rank() const { return std::min(code_units(), input_units()); }

absl::Status TangentSolver::Solve(const JacobianBatch& /*jacobians*/, ConstMatrixView below,
                                  Index rank, double /*tolerance*/, TangentBatch& tangents,
                                  Workspace& /*workspace*/, YieldPoint yield) const {
  const Index points = below.rows();
  tangents.singular_values.resize(points, rank);
  tangents.residuals.resize(points, rank);
  tangents.directions.resize(points * rank, input_units());
  tangents.code_directions.resize(points * rank, code_units());
  for (Index i = 0; i < points; ++i) {
    CAE_RETURN_IF_ERROR(yield());
    const VectorD x = below.row(i).transpose().cast<double>();
    Store(DenseTangents(PointJacobian(*model_, first_, last_, x).ToDense(), rank), i, tangents);
  }
  return absl::OkStatus();
}

double TangentSolver::EstimatedFlops(Index rank) const {
  const double steps = std::min<double>(static_cast<double>(max_rank()), 4.0 * rank + 32);
  double per_step = 0;
  for (int l = first_; l <= last_; ++l) {
    per_step += 4.0 * static_cast<double>(model_->units(l) * model_->units(l - 1));
  }
  return steps * per_step;
}

}  // namespace cae
