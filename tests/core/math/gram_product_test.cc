#include "core/math/gram_product.h"

#include <gtest/gtest.h>

#include "tests/testing/random_matrix.h"

namespace cae {
namespace {

using testing::RandomMatrix;

// Columns below, at and beside the sizes of vectors; columns of V that lie apart.
TEST(GramProductTest, IsTheProductInDouble) {
  for (const Index rows : {0, 1, 7, 100}) {
    for (const Index cols : {1, 7, 8, 31, 33, 300}) {
      const Matrix a = RandomMatrix(rows, cols, 1);
      const Eigen::MatrixXd v = RandomMatrix(cols + 2, 3, 2).cast<double>();
      const auto vectors = v.middleRows(1, cols);
      const Eigen::MatrixXd exact =
          a.cast<double>().transpose() * (a.cast<double>() * vectors).eval();
      // What the order of sums leaves.
      EXPECT_LE((GramProduct(a, vectors) - exact).cwiseAbs().sum(),
                1e-13 * (1 + static_cast<double>(rows)) * (1 + exact.cwiseAbs().sum()))
          << rows << " x " << cols;
    }
  }
}

}  // namespace
}  // namespace cae
