#include "core/tangents/dense_tangents.h"

#include <Eigen/SVD>
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace cae {
namespace {

/// Index of the component of largest magnitude, the first on ties.
Index LargestComponent(const VectorD& v) {
  Index largest = 0;
  v.cwiseAbs().maxCoeff(&largest);
  return largest;
}

}  // namespace

TangentSpace DenseTangents(const JacobianOperator& jacobian, Index rank) {
  return DenseTangents(jacobian.ToDense(), rank);
}

TangentSpace DenseTangents(const MatrixD& jacobian, Index rank) {
  CAE_CHECK(
      1 <= rank && rank <= std::min(jacobian.rows(), jacobian.cols()),
      absl::StrCat("rank ", rank, " of a Jacobian of ", jacobian.rows(), " x ", jacobian.cols()));
  TangentSpace tangents;
  tangents.singular_values = VectorD::Zero(rank);
  tangents.residuals = VectorD::Zero(rank);
  tangents.directions = MatrixD::Identity(rank, jacobian.cols());
  tangents.code_directions = MatrixD::Identity(rank, jacobian.rows());

  const Eigen::BDCSVD<Eigen::MatrixXd> svd(jacobian, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const double largest = svd.singularValues()[0];
  if (largest == 0) return tangents;
  for (Index i = 0; i < rank; ++i) {
    VectorD v = svd.matrixV().col(i);
    VectorD u = svd.matrixU().col(i);
    if (v[LargestComponent(v)] < 0) {
      v = -v;
      u = -u;
    }
    const double sigma = svd.singularValues()[i];
    tangents.singular_values[i] = sigma;
    tangents.directions.row(i) = v;
    tangents.code_directions.row(i) = u;
    tangents.residuals[i] =
        std::max((jacobian * v - sigma * u).norm(), (jacobian.transpose() * u - sigma * v).norm()) /
        largest;
  }
  return tangents;
}

}  // namespace cae
