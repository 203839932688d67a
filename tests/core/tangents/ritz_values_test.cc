#include "core/tangents/ritz_values.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include "tests/testing/random_matrix.h"

namespace cae {
namespace {

using testing::RandomVectorD;

Eigen::MatrixXd Tridiagonal(const VectorD& alpha, const VectorD& beta, Index m) {
  Eigen::MatrixXd t = Eigen::MatrixXd::Zero(m, m);
  t.diagonal() = alpha.head(m);
  t.diagonal(1) = t.diagonal(-1) = beta.head(m - 1);
  return t;
}

TEST(RitzValuesTest, ResidualsAreThoseOfTheLastElementsOfTheEigenvectors) {
  for (const Index m : {1, 2, 3, 30}) {
    const VectorD alpha = RandomVectorD(m, 1, 0, 2), beta = RandomVectorD(m, 2, 0.1, 1);
    const RitzValues ritz = RitzValues::Of(alpha, beta, m, m);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(Tridiagonal(alpha, beta, m));
    for (Index i = 0; i < m; ++i) {
      EXPECT_NEAR(ritz.values[i], solver.eigenvalues()[m - 1 - i], 1e-13);
      const double last = std::abs(solver.eigenvectors()(m - 1, m - 1 - i));
      EXPECT_NEAR(ritz.residuals[i], beta[m - 1] * last, 1e-7) << i << " of " << m;
    }
  }
}

TEST(RitzValuesTest, AnExhaustedRunHasNoResiduals) {
  const VectorD alpha = RandomVectorD(5, 1);
  VectorD beta = RandomVectorD(5, 2, 0.1, 1);
  beta[4] = 0;
  EXPECT_EQ(RitzValues::Of(alpha, beta, 5, 9).residuals, VectorD::Zero(5));
}

TEST(RitzValuesTest, EqualValuesOfSeparateBlocksDoNotDivideByZero) {
  const VectorD alpha = VectorD::Ones(6), beta = VectorD::Unit(6, 5);
  const RitzValues ritz = RitzValues::Of(alpha, beta, 6, 6);
  EXPECT_TRUE(ritz.residuals.allFinite());
  EXPECT_LE(ritz.residuals.maxCoeff(), 1);
}

TEST(RitzValuesTest, VectorsBelongToTheLargestValuesInOrder) {
  constexpr Index kSize = 20;
  const VectorD alpha = RandomVectorD(kSize, 1, 0, 2), beta = RandomVectorD(kSize, 2, 0.1, 1);
  const MatrixD vectors = RitzVectors(alpha, beta, kSize, 4);
  const VectorD values = RitzValues::Of(alpha, beta, kSize, 4).values;
  const Eigen::MatrixXd t = Tridiagonal(alpha, beta, kSize);
  for (Index i = 0; i < 4; ++i) {
    const VectorD v = vectors.row(i);
    EXPECT_NEAR(v.norm(), 1, 1e-13);
    EXPECT_LT((t * v - values[i] * v).norm(), 1e-12);
  }
}

TEST(RitzValuesTest, ConvergenceNeedsBothASmallResidualAndARightValue) {
  RitzValues ritz{VectorD(2), VectorD(1)};
  ritz.values << 1, 0.5;
  ritz.residuals << 1e-5;  // error of the value about 2e-10
  EXPECT_TRUE(IsConverged(ritz, 0, 1e-4, 1));
  EXPECT_FALSE(IsConverged(ritz, 0, 1e-6, 1)) << "the residual is larger than asked";
  ritz.residuals << 2e-3;  // error about 8e-6
  EXPECT_FALSE(IsConverged(ritz, 0, 1e-2, 1)) << "the value is not right yet";
  ritz.values << 1, 1 - 1e-6;
  ritz.residuals << 1e-5;  // the neighbour is too near for the quadratic bound
  EXPECT_FALSE(IsConverged(ritz, 0, 1e-4, 1));
}

}  // namespace
}  // namespace cae
