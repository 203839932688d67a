#include "core/tangents/ritz_values.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

namespace cae {
namespace {

VectorD Eigenvalues(const VectorD& alpha, const VectorD& beta, Index m) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(alpha.head(m), beta.head(m - 1), Eigen::EigenvaluesOnly);
  return solver.eigenvalues().reverse();
}

}  // namespace

RitzValues RitzValues::Of(const VectorD& alpha, const VectorD& beta, Index m, Index count) {
  RitzValues ritz{Eigenvalues(alpha, beta, m), VectorD::Zero(std::min(count, m))};
  if (beta[m - 1] == 0) return ritz;
  if (m == 1) {
    ritz.residuals[0] = beta[0];
    return ritz;
  }
  const VectorD below = Eigenvalues(alpha, beta, m - 1);
  // Values closer than this are not told apart.
  const double resolution = std::numeric_limits<double>::epsilon() * std::abs(ritz.values[0]) +
                            std::numeric_limits<double>::min();
  for (Index i = 0; i < ritz.residuals.size(); ++i) {
    double squared = 1;
    for (Index j = 0; j + 1 < m; ++j) {
      const double other = ritz.values[j < i ? j : j + 1];
      squared *= std::max(std::abs(ritz.values[i] - below[j]), resolution) /
                 std::max(std::abs(ritz.values[i] - other), resolution);
    }
    ritz.residuals[i] = beta[m - 1] * std::min(1.0, std::sqrt(squared));
  }
  return ritz;
}

MatrixD RitzVectors(const VectorD& alpha, const VectorD& beta, Index m, Index count) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(alpha.head(m), beta.head(m - 1));
  return solver.eigenvectors().rightCols(count).rowwise().reverse().transpose();
}

bool IsConverged(const RitzValues& ritz, Index i, double residual, double largest) {
  constexpr double kRelativeError = 4e-6;  // of θ: half of it of σ
  // Float products cannot tell smaller values; what is wrong there is measured in the end.
  const double value = std::max(ritz.values[i], 1e-6 * largest);
  const double r = ritz.residuals[i];
  double gap = std::numeric_limits<double>::infinity();
  if (i > 0) gap = ritz.values[i - 1] - ritz.values[i];
  if (i + 1 < ritz.values.size()) gap = std::min(gap, ritz.values[i] - ritz.values[i + 1]);
  const double error = gap > r ? r * r / gap : r;
  return error <= kRelativeError * value && r <= residual * std::sqrt(value * largest);
}

}  // namespace cae
