#include "tests/testing/naive_product.h"

#include <gtest/gtest.h>

#include "tests/testing/random_matrix.h"

namespace cae::testing {
namespace {

TEST(NaiveProductTest, MultipliesByHand) {
  Matrix a(2, 3), b(3, 1);
  a << 1, 2, 3, 4, 5, 6;
  b << 1, -1, 2;
  const MatrixD c = NaiveProduct(a, b);
  ASSERT_EQ(c.rows(), 2);
  ASSERT_EQ(c.cols(), 1);
  EXPECT_EQ(c(0, 0), 5);
  EXPECT_EQ(c(1, 0), 11);
}

TEST(NaiveProductTest, AgreesWithEigen) {
  const MatrixD a = RandomMatrixD(7, 11, 1), b = RandomMatrixD(11, 5, 2);
  EXPECT_LT((NaiveProduct(a, b) - a * b).cwiseAbs().maxCoeff(), 1e-14);
}

TEST(RandomMatrixTest, StaysInItsRangeAndFollowsItsSeed) {
  const Matrix m = RandomMatrix(50, 50, 3, 2, 4);
  EXPECT_GE(m.minCoeff(), 2);
  EXPECT_LE(m.maxCoeff(), 4);
  EXPECT_NEAR(m.mean(), 3, 0.05);
  EXPECT_EQ(m, RandomMatrix(50, 50, 3, 2, 4));
  EXPECT_NE(m, RandomMatrix(50, 50, 4, 2, 4));
}

}  // namespace
}  // namespace cae::testing
