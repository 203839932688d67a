#include "core/tangents/orthonormal_rows.h"

#include <gtest/gtest.h>

#include "core/tangents/krylov_kernels.h"
#include "tests/testing/random_matrix.h"

namespace cae {
namespace {

using testing::RandomMatrix;

/// Rows of `size` elements with zeros behind them.
Matrix PaddedRows(Index count, Index size, std::uint64_t seed) {
  Matrix rows = Matrix::Zero(count, KrylovStride(size));
  rows.leftCols(size) = RandomMatrix(count, size, seed);
  return rows;
}

void ExpectOrthonormal(const Matrix& rows) {
  const MatrixD q = rows.cast<double>();
  EXPECT_LT((q * q.transpose() - MatrixD::Identity(rows.rows(), rows.rows())).cwiseAbs().maxCoeff(),
            2e-6);
}

TEST(OrthonormaliseRowsTest, GivesTheFactorsOfTheRows) {
  for (const Index size : {9, 16, 83}) {
    const Matrix rows = PaddedRows(9, size, 1);
    Matrix q = rows;
    Vector inner(9);
    const MatrixD lower = OrthonormaliseRows(9, size, q.cols(), inner.data(), q.data());
    ExpectOrthonormal(q);
    EXPECT_LT((lower * q.cast<double>() - rows.cast<double>()).cwiseAbs().maxCoeff(), 5e-6);
    EXPECT_TRUE(lower.isLowerTriangular());
  }
}

TEST(OrthonormaliseRowsTest, DependentAndZeroRowsLeaveZerosAndABasis) {
  Matrix rows = PaddedRows(6, 20, 2);
  rows.row(2) = 3 * rows.row(0) - rows.row(1);
  rows.row(4).setZero();
  Matrix q = rows;
  Vector inner(6);
  const MatrixD lower = OrthonormaliseRows(6, 20, q.cols(), inner.data(), q.data());
  ExpectOrthonormal(q);
  EXPECT_EQ(lower(2, 2), 0);
  EXPECT_EQ(lower(4, 4), 0);
  EXPECT_LT((lower * q.cast<double>() - rows.cast<double>()).cwiseAbs().maxCoeff(), 5e-6);
  EXPECT_EQ(q.rightCols(q.cols() - 20), Matrix::Zero(6, q.cols() - 20)) << "the padding stays zero";
}

TEST(FreshUnitRowTest, FillsTheLastDimensionOfASpace) {
  Matrix q = PaddedRows(30, 30, 3);
  Vector inner(30);
  OrthonormaliseRows(29, 30, q.cols(), inner.data(), q.data());
  FreshUnitRow(5, q.data(), 29, 30, q.cols(), inner.data(), q.row(29).data());
  ExpectOrthonormal(q);
}

}  // namespace
}  // namespace cae
