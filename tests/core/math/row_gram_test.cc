#include "core/math/row_gram.h"

#include <gtest/gtest.h>

#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::RandomMatrix;

// Shapes below, at and beside the sizes of blocks.
TEST(RowGramTest, IsTheProductWithTheTransposeRoundedOnce) {
  for (const Index rows : {1, 3, 4, 15, 16, 17, 33, 100}) {
    for (const Index cols : {1, 2, 50, 300}) {
      const Matrix a = RandomMatrix(rows, cols, 1);
      const MatrixD exact = a.cast<double>() * a.cast<double>().transpose();
      const Matrix gram = RowGram(a);
      // Half a unit in the last place, and what the order of sums in double leaves.
      EXPECT_LE(
          ((gram.cast<double>() - exact).array().abs() - 6e-8 * exact.array().abs()).maxCoeff(),
          1e-12)
          << rows << " x " << cols;
      EXPECT_THAT(gram, HasBitsOf(Matrix(gram.transpose())));
    }
  }
}

}  // namespace
}  // namespace cae
