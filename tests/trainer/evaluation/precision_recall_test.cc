#include "trainer/evaluation/precision_recall.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/testing/random_matrix.h"

namespace cae {
namespace {

using testing::RandomMatrix;

double Distance(const Matrix& a, Index i, const Matrix& b, Index j) {
  return (a.row(i).cast<double>() - b.row(j).cast<double>()).squaredNorm();
}

double NaiveSquaredRadius(const Matrix& rows, Index i, int k) {
  std::vector<double> distances;
  for (Index j = 0; j < rows.rows(); ++j) {
    if (j != i) distances.push_back(Distance(rows, i, rows, j));
  }
  std::sort(distances.begin(), distances.end());
  return distances[k - 1];
}

double NaiveCover(const Matrix& rows, const Matrix& points, int k) {
  Index covered = 0;
  for (Index i = 0; i < points.rows(); ++i) {
    bool inside = false;
    for (Index j = 0; j < rows.rows() && !inside; ++j) {
      inside = Distance(points, i, rows, j) <= NaiveSquaredRadius(rows, j, k);
    }
    covered += inside ? 1 : 0;
  }
  return static_cast<double>(covered) / static_cast<double>(points.rows());
}

TEST(FeatureRegionTest, RadiiReachTheKthNearestOtherRow) {
  const Matrix rows = RandomMatrix(1250, 6, 1);  // several pieces and blocks
  ThreadPool pool(2);
  const FeatureRegion region(rows, 3, pool);
  for (Index i = 0; i < rows.rows(); i += 17) {
    EXPECT_NEAR(region.squared_radii()[i], NaiveSquaredRadius(rows, i, 3), 1e-5);
  }
}

TEST(FeatureRegionTest, EqualRowsAreNeighboursAtDistanceZero) {
  Matrix rows(4, 2);
  rows << 1, 1, 1, 1, 1, 1, 5, 5;
  ThreadPool pool(1);
  EXPECT_FLOAT_EQ(FeatureRegion(rows, 2, pool).squared_radii()[0], 0);
}

TEST(PrecisionRecallTest, AgreesWithTheDefinition) {
  const Matrix real = RandomMatrix(300, 4, 1);
  const Matrix generated = RandomMatrix(300, 4, 2, -0.6, 1.6);
  ThreadPool pool(2);
  const PrecisionRecall score =
      MeasurePrecisionRecall(FeatureRegion(real, 3, pool), FeatureRegion(generated, 3, pool), pool);
  EXPECT_DOUBLE_EQ(score.precision, NaiveCover(real, generated, 3));
  EXPECT_DOUBLE_EQ(score.recall, NaiveCover(generated, real, 3));
  EXPECT_LT(score.precision, 0.9);
  EXPECT_GT(score.precision, 0.1);
}

TEST(PrecisionRecallTest, ACollapsedSamplerIsPreciseAndRecallsNothing) {
  const Matrix real = RandomMatrix(300, 4, 1);
  const Matrix generated = real.row(7).replicate(300, 1) + 1e-3 * RandomMatrix(300, 4, 3);
  ThreadPool pool(2);
  const PrecisionRecall score =
      MeasurePrecisionRecall(FeatureRegion(real, 3, pool), FeatureRegion(generated, 3, pool), pool);
  EXPECT_EQ(score.precision, 1);
  EXPECT_LE(score.recall, 1.0 / 300);
}

}  // namespace
}  // namespace cae
