#include "core/math/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "tests/testing/naive_product.h"
#include "tests/testing/random_matrix.h"

namespace cae {
namespace {

using testing::NaiveProduct;
using testing::RandomMatrix;

struct Sizes {
  Index m, n, k;
};
constexpr Sizes kSizes[] = {{1, 1, 1},   {1, 7, 3},    {7, 1, 3},      {3, 5, 1},
                            {13, 17, 9}, {64, 64, 64}, {100, 33, 257}, {20, 784, 100}};

/// k roundings of sums that grow like √k, operands in [−1, 1].
double Tolerance(Index k) { return 1e-6 * std::sqrt(static_cast<double>(k)) + 1e-7 * k; }

/// op(A) op(B) in double, where `a` and `b` are as Gemm gets them.
MatrixD Expected(Transpose ta, Transpose tb, const Matrix& a, const Matrix& b) {
  return NaiveProduct(ta == Transpose::kYes ? Matrix(a.transpose()) : a,
                      tb == Transpose::kYes ? Matrix(b.transpose()) : b);
}

void ExpectNear(const MatrixD& actual, const MatrixD& expected, double tolerance) {
  EXPECT_LE((actual - expected).cwiseAbs().maxCoeff(), tolerance);
}

class GemmTest : public ::testing::TestWithParam<std::pair<Transpose, Transpose>> {
 protected:
  const Transpose ta_ = GetParam().first;
  const Transpose tb_ = GetParam().second;
  Matrix OperandA(Sizes s) const {
    return ta_ == Transpose::kYes ? RandomMatrix(s.k, s.m, 1) : RandomMatrix(s.m, s.k, 1);
  }
  Matrix OperandB(Sizes s) const {
    return tb_ == Transpose::kYes ? RandomMatrix(s.n, s.k, 2) : RandomMatrix(s.k, s.n, 2);
  }
};

TEST_P(GemmTest, AgreesWithTheNaiveProduct) {
  for (const Sizes& s : kSizes) {
    const Matrix a = OperandA(s), b = OperandB(s);
    Matrix c(s.m, s.n);
    Gemm(ta_, tb_, 1, a, b, 0, c);
    ExpectNear(c.cast<double>(), Expected(ta_, tb_, a, b), Tolerance(s.k));
  }
}

TEST_P(GemmTest, ScalesAndAdds) {
  for (const Sizes& s : kSizes) {
    const Matrix a = OperandA(s), b = OperandB(s), before = RandomMatrix(s.m, s.n, 3);
    Matrix c = before;
    Gemm(ta_, tb_, -0.5f, a, b, 2, c);
    ExpectNear(c.cast<double>(), -0.5 * Expected(ta_, tb_, a, b) + 2 * before.cast<double>(),
               Tolerance(s.k));
  }
}

TEST_P(GemmTest, WithBetaZeroWhatStoodThereDoesNotMatter) {
  const Sizes s{13, 17, 9};
  const Matrix a = OperandA(s), b = OperandB(s);
  Matrix c = Matrix::Constant(s.m, s.n, std::numeric_limits<float>::quiet_NaN());
  Gemm(ta_, tb_, 1, a, b, 0, c);
  ExpectNear(c.cast<double>(), Expected(ta_, tb_, a, b), Tolerance(s.k));
}

// Blocks whose rows have gaps, of all three matrices; what surrounds C must stay as it is.
TEST_P(GemmTest, TakesBlocksOfLargerMatricesAsTheyLie) {
  for (const Sizes& s : kSizes) {
    const Matrix a = OperandA(s), b = OperandB(s);
    Matrix around_a = Matrix::Constant(a.rows() + 3, a.cols() + 5, 1e30f);
    Matrix around_b = Matrix::Constant(b.rows() + 1, b.cols() + 7, 1e30f);
    Matrix around_c = Matrix::Constant(s.m + 2, s.n + 4, -1);
    around_a.block(2, 4, a.rows(), a.cols()) = a;
    around_b.block(1, 3, b.rows(), b.cols()) = b;
    Gemm(ta_, tb_, 1, around_a.block(2, 4, a.rows(), a.cols()),
         around_b.block(1, 3, b.rows(), b.cols()), 0, around_c.block(1, 2, s.m, s.n));
    ExpectNear(around_c.block(1, 2, s.m, s.n).cast<double>(), Expected(ta_, tb_, a, b),
               Tolerance(s.k));
    around_c.block(1, 2, s.m, s.n).setConstant(-1);
    EXPECT_EQ(around_c, Matrix::Constant(s.m + 2, s.n + 4, -1));
  }
}

TEST_P(GemmTest, EmptySumsLeaveBetaTimesC) {
  const Sizes s{4, 3, 0};
  Matrix c = Matrix::Constant(s.m, s.n, 3);
  Gemm(ta_, tb_, 1, OperandA(s), OperandB(s), 2, c);
  EXPECT_EQ(c, Matrix::Constant(s.m, s.n, 6));
  Gemm(ta_, tb_, 1, OperandA(s), OperandB(s), 0, c);
  EXPECT_EQ(c, Matrix::Zero(s.m, s.n));
}

INSTANTIATE_TEST_SUITE_P(Transposes, GemmTest,
                         ::testing::Values(std::pair(Transpose::kNo, Transpose::kNo),
                                           std::pair(Transpose::kNo, Transpose::kYes),
                                           std::pair(Transpose::kYes, Transpose::kNo),
                                           std::pair(Transpose::kYes, Transpose::kYes)));

TEST(GemmTest, NoRowsOrColumnsIsNoWork) {
  Matrix c(0, 5);
  Gemm(Transpose::kNo, Transpose::kNo, 1, Matrix(0, 3), Matrix(3, 5), 0, c);
  Matrix d(5, 0);
  Gemm(Transpose::kNo, Transpose::kNo, 1, Matrix(5, 3), Matrix(3, 0), 0, d);
}

TEST(GemmDeathTest, ShapesThatDoNotFitStopTheProcess) {
  const Matrix a = Matrix::Zero(2, 3), b = Matrix::Zero(4, 5);
  Matrix c(2, 5);
  EXPECT_DEATH(Gemm(Transpose::kNo, Transpose::kNo, 1, a, b, 0, c), "product of \\[2, 3\\]");
}

}  // namespace
}  // namespace cae
