#include "core/diagnostics/leading_directions.h"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <Eigen/SVD>

#include "tests/testing/random_matrix.h"

namespace cae::testing {
namespace {

void ExpectOrthonormal(const MatrixD& rows) {
  EXPECT_TRUE((rows * rows.transpose()).isIdentity(1e-10)) << rows * rows.transpose();
}

/// Stretches of the directions against the leading singular values, which do not depend on the
/// basis that is chosen where some are equal.
void ExpectLeading(const Matrix& weight, Index count) {
  const MatrixD directions = LeadingRightSingularVectors(weight, count);
  ASSERT_EQ(directions.rows(), count);
  ExpectOrthonormal(directions);
  const MatrixD exact = weight.cast<double>();
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(exact, Eigen::ComputeThinV);
  for (Index i = 0; i < count; ++i) {
    const VectorD v = directions.row(i).transpose();
    const double sigma = svd.singularValues()[i];
    EXPECT_NEAR((exact * v).norm(), sigma, 1e-6 * svd.singularValues()[0]) << i;
    EXPECT_LE((exact.transpose() * (exact * v) - sigma * sigma * v).norm(),
              1e-6 * svd.singularValues()[0] * svd.singularValues()[0]);
    Index largest = 0;
    v.cwiseAbs().maxCoeff(&largest);
    EXPECT_GT(v[largest], 0);
  }
}

TEST(LeadingDirectionsTest, AreThoseOfTheDecomposition) {
  ExpectLeading(RandomMatrix(8, 12, 1), 3);     // fewer units than inputs
  ExpectLeading(RandomMatrix(30, 12, 2), 3);    // more
  ExpectLeading(RandomMatrix(150, 120, 3), 3);  // a spectrum that is almost flat
  ExpectLeading(RandomMatrix(20, 3, 4), 3);
}

TEST(LeadingDirectionsTest, FindsAValueAsOftenAsItIsThere) {
  // Three singular values of 2 and 37 of 1.
  const Eigen::HouseholderQR<Eigen::MatrixXd> left(RandomMatrixD(40, 40, 5));
  const Eigen::HouseholderQR<Eigen::MatrixXd> right(RandomMatrixD(40, 40, 6));
  VectorD values = VectorD::Ones(40);
  values.head(3).setConstant(2);
  const Eigen::MatrixXd u = left.householderQ();
  const Eigen::MatrixXd v = right.householderQ();
  ExpectLeading((u * values.asDiagonal() * v.transpose()).cast<float>(), 3);
}

TEST(LeadingDirectionsTest, AnIdentityHasAnyOrthonormalBasis) {
  ExpectLeading(Matrix::Identity(20, 20), 3);
}

TEST(LeadingDirectionsTest, WeightsOfLowRankAndNoneAtAllStillHaveABasis) {
  const Matrix rank_one = RandomMatrix(9, 1, 7) * RandomMatrix(1, 11, 8);
  ExpectLeading(rank_one, 1);
  ExpectOrthonormal(LeadingRightSingularVectors(rank_one, 3));
  ExpectOrthonormal(LeadingRightSingularVectors(Matrix(Matrix::Zero(9, 11)), 3));
}

TEST(LeadingDirectionsTest, WhatHasFewerColumnsHasRowsOfZeros) {
  const MatrixD directions = LeadingRightSingularVectors(RandomMatrix(5, 2, 9), 3);
  ExpectOrthonormal(directions.topRows(2));
  EXPECT_TRUE(directions.row(2).isZero());
}

TEST(LeadingDirectionsTest, AreTheSameEveryTime) {
  const Matrix weight = RandomMatrix(30, 25, 10);
  EXPECT_EQ(LeadingRightSingularVectors(weight, 3), LeadingRightSingularVectors(weight, 3));
}

}  // namespace
}  // namespace cae::testing
