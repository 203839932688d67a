#include "trainer/criteria/training_noise.h"

#include <gtest/gtest.h>

#include "core/base/thread_pool.h"
#include "tests/testing/random_matrix.h"
#include "trainer/criteria/neighbour_rows.h"

namespace cae {
namespace {

using testing::RandomMatrix;

TEST(CorruptTest, MovesByTheNoiseAndHidesTheShare) {
  Matrix rows = Matrix::Constant(200, 101, 0.5f);
  Corrupt({.noise_stddev = 0.2, .masking = 0.3}, {1, 2, 3}, 0, rows);
  const double hidden = (rows.array() == 0).cast<double>().mean();
  EXPECT_NEAR(hidden, 0.3, 0.01);
  double sum = 0, squares = 0;
  for (Index i = 0; i < rows.size(); ++i) {
    if (rows.data()[i] == 0) continue;
    sum += rows.data()[i] - 0.5;
    squares += (rows.data()[i] - 0.5) * (rows.data()[i] - 0.5);
  }
  const double seen = (1 - hidden) * static_cast<double>(rows.size());
  EXPECT_NEAR(sum / seen, 0, 0.01);
  EXPECT_NEAR(squares / seen, 0.04, 0.002);
}

TEST(CorruptTest, SaltAndPepperReplaceTheShareByBothAlike) {
  Matrix rows = Matrix::Constant(200, 101, 0.5f);
  Corrupt({.masking = 0.1, .salt_and_pepper = 0.4}, {1, 2, 3}, 0, rows);
  EXPECT_NEAR((rows.array() == 1).cast<double>().mean(), 0.2, 0.01);
  EXPECT_NEAR((rows.array() == 0).cast<double>().mean(), 0.3, 0.01);
  EXPECT_NEAR((rows.array() == 0.5f).cast<double>().mean(), 0.5, 0.01);
}

TEST(CorruptTest, ARowDependsOnItsNumberAndPlaceAlone) {
  const Corruption corruption = {.noise_stddev = 0.2, .masking = 0.3};
  const Matrix clean = RandomMatrix(6, 33, 1);
  Matrix all = clean, part = clean.bottomRows(4), later = clean, other_stage = clean;
  Corrupt(corruption, {1, 2, 3}, 0, all);
  Corrupt(corruption, {1, 2, 3}, 2, part);
  Corrupt(corruption, {1, 2, 4}, 0, later);
  Corrupt(corruption, {1, 3, 3}, 0, other_stage);
  EXPECT_EQ(part, all.bottomRows(4));
  EXPECT_NE(later, all);
  EXPECT_NE(other_stage, all);
}

TEST(NeighbourRowsTest, IsotropicOnesAreAsFarAsTheNoise) {
  ThreadPool pool(2);
  const Matrix rows = RandomMatrix(50, 80, 1);
  Matrix neighbours(150, 80);
  NeighbourRows({1, 3, 0.3}, nullptr, pool).Fill({1, 0, 1}, 0, rows, neighbours);
  const Matrix moves = neighbours - rows.replicate(3, 1);
  EXPECT_NEAR(moves.squaredNorm() / static_cast<float>(moves.size()), 0.09, 0.004);
  EXPECT_NE(moves.topRows(50), moves.middleRows(50, 50));
}

TEST(NeighbourRowsTest, ThoseOverALayerFollowItsSamplingProcess) {
  ThreadPool pool(2);
  DenseParameters below = {RandomMatrix(40, 30, 1), Vector::Zero(40), Activation::kLogistic};
  const Matrix codes = RandomMatrix(7, 40, 2, 0, 1);
  const NoisePlace place = {1, 5, 9};
  Matrix neighbours(14, 40), noise(7, 40);
  NeighbourRows({1, 2, 0.6}, &below, pool).Fill(place, 3, codes, neighbours);
  FillNormals(place, RandomUse::kInvarianceRows, 3, noise);
  const MatrixD weight = below.weight.cast<double>();
  for (Index i = 0; i < 7; ++i) {
    const VectorD h = codes.row(i).cast<double>().transpose();
    const VectorD d = h.array() * (1 - h.array());
    const MatrixD jacobian = d.asDiagonal() * weight;
    const VectorD expected =
        h + 0.6 * jacobian * jacobian.transpose() * noise.row(i).cast<double>().transpose();
    EXPECT_TRUE(neighbours.row(i).cast<double>().transpose().isApprox(expected, 1e-5)) << i;
  }
}

}  // namespace
}  // namespace cae
