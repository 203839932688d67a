// What the tests of tangents share: a model, points, and what TangentBatch promises.
#ifndef CAE_TESTS_CORE_TANGENTS_TANGENTS_OF_MODEL_H_
#define CAE_TESTS_CORE_TANGENTS_TANGENTS_OF_MODEL_H_

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/tangents/dense_tangents.h"
#include "core/tangents/point_jacobian.h"
#include "core/tangents/tangent_solver.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"

namespace cae {

/// A one-layer model whose Jacobian is `weight` everywhere.
inline ModelParameters LinearModel(const MatrixD& weight) {
  ModelParameters p = testing::RandomModelParameters(
      {weight.cols(), weight.rows()}, {Activation::kIdentity}, testing::Weights::kTied, 1);
  p.layers[0].encoder.weight = weight.cast<float>();
  return p;
}

inline MatrixD OrthonormalColumns(Index rows, Index cols, std::uint64_t seed) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(testing::RandomMatrixD(rows, cols, seed));
  return qr.householderQ() * MatrixD::Identity(rows, cols);
}

/// A matrix with those singular values.
inline MatrixD MatrixWithSpectrum(const VectorD& values, Index rows, Index cols) {
  return OrthonormalColumns(rows, values.size(), 7) * values.asDiagonal() *
         OrthonormalColumns(cols, values.size(), 8).transpose();
}

/// A model, the layers of J, and the solver with what it needs.
class ModelTangents {
 public:
  ModelTangents(std::shared_ptr<const Autoencoder> model, int first, int last,
                TangentMethod method = TangentMethod::kGramLanczos)
      : model_(std::move(model)),
        first_(first),
        last_(last),
        jacobians_(*model_, first, last),
        solver_(*model_, first, last, method) {}
  ModelTangents(ModelParameters parameters, int first, int last,
                TangentMethod method = TangentMethod::kGramLanczos)
      : ModelTangents(*Autoencoder::Create(std::move(parameters)), first, last, method) {}

  const TangentSolver& solver() const { return solver_; }
  /// Points that float32 Lanczos left to other methods so far.
  std::int64_t fallbacks() const { return workspace_.tangent_fallbacks; }

  absl::Status Solve(ConstMatrixView points, Index rank, TangentBatch& batch,
                     double tolerance = 1e-4, YieldPoint yield = NeverYield) {
    const absl::Status evaluated = jacobians_.Evaluate(points, workspace_, NeverYield);
    if (!evaluated.ok()) return evaluated;
    return solver_.Solve(jacobians_, points, rank, tolerance, batch, workspace_, yield);
  }
  TangentBatch Solved(ConstMatrixView points, Index rank, double tolerance = 1e-4) {
    TangentBatch batch;
    EXPECT_THAT(Solve(points, rank, batch, tolerance), testing::IsOk());
    return batch;
  }
  MatrixD DenseJacobian(const Vector& point) const {
    return PointJacobian(*model_, first_, last_, point.cast<double>()).ToDense();
  }

  /// All that TangentBatch promises at every point, and that it has the leading triplets.
  void ExpectTangents(const Matrix& points, const TangentBatch& batch, double tolerance = 1e-4) {
    for (Index i = 0; i < points.rows(); ++i) {
      SCOPED_TRACE(::testing::Message() << "point " << i);
      ExpectTangentsAt(points.row(i).transpose(), i, batch, tolerance);
    }
  }

 private:
  void ExpectTangentsAt(const Vector& point, Index i, const TangentBatch& batch, double tolerance) {
    const Index rank = batch.rank();
    const MatrixD jacobian = DenseJacobian(point);
    const TangentSpace dense = DenseTangents(jacobian, rank);
    const MatrixD v = batch.directions.middleRows(i * rank, rank).cast<double>();
    const MatrixD u = batch.code_directions.middleRows(i * rank, rank).cast<double>();
    const MatrixD identity = MatrixD::Identity(rank, rank);
    EXPECT_LT((v * v.transpose() - identity).cwiseAbs().maxCoeff(), 1e-5);
    EXPECT_LT((u * u.transpose() - identity).cwiseAbs().maxCoeff(), 1e-5);
    const double largest = dense.singular_values[0];
    for (Index j = 0; j < rank; ++j) {
      const double value = batch.singular_values(i, j);
      // Small values are as good as their residuals say.
      const double error = dense.singular_values[j] >= 1e-2 * largest
                               ? 1e-5 * dense.singular_values[j]
                               : (batch.residuals(i, j) + 3e-7) * largest;
      EXPECT_NEAR(value, dense.singular_values[j], error) << "value " << j;
      EXPECT_LE(value, batch.singular_values(i, std::max<Index>(j - 1, 0)));
      EXPECT_LE(batch.residuals(i, j), tolerance);
      const double ahead = (jacobian * v.row(j).transpose() - value * u.row(j).transpose()).norm();
      const double back =
          (jacobian.transpose() * u.row(j).transpose() - value * v.row(j).transpose()).norm();
      // The residual reported is the true one, but for rounding.
      EXPECT_NEAR(std::max(ahead, back), batch.residuals(i, j) * largest, 2e-6 * largest);
      Index top = 0;
      for (Index c = 1; c < v.cols(); ++c) {
        if (std::abs(v(j, c)) > std::abs(v(j, top))) top = c;
      }
      EXPECT_GT(v(j, top), 0) << "sign of direction " << j;
    }
  }

  const std::shared_ptr<const Autoencoder> model_;
  const int first_, last_;
  JacobianBatch jacobians_;
  const TangentSolver solver_;
  Workspace workspace_;
};

}  // namespace cae

#endif  // CAE_TESTS_CORE_TANGENTS_TANGENTS_OF_MODEL_H_
