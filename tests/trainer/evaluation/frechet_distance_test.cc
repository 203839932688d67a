#include "trainer/evaluation/frechet_distance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/testing/random_matrix.h"

namespace cae {
namespace {

using testing::RandomMatrix;
using testing::RandomMatrixD;
using testing::RandomVectorD;

TEST(FeatureMomentsTest, AgreeWithTheDefinition) {
  const Matrix rows = RandomMatrix(1100, 70, 1, 3, 5);  // blocks and pieces with a rest
  ThreadPool pool(2);
  const FeatureMoments moments = MomentsOf(rows, pool);
  const MatrixD exact = rows.cast<double>();
  const VectorD mean = exact.colwise().mean();
  const MatrixD centred = exact.rowwise() - mean.transpose();
  EXPECT_LT((moments.mean - mean).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_LT((moments.covariance - centred.transpose() * centred / 1099).cwiseAbs().maxCoeff(),
            1e-6);
}

TEST(FrechetDistanceTest, OfAxisParallelGaussiansIsTheClosedForm) {
  FeatureMoments a{RandomVectorD(5, 1), MatrixD::Zero(5, 5)};
  FeatureMoments b{RandomVectorD(5, 2), MatrixD::Zero(5, 5)};
  double expected = (a.mean - b.mean).squaredNorm();
  for (Index i = 0; i < 5; ++i) {
    a.covariance(i, i) = 0.5 + static_cast<double>(i);
    b.covariance(i, i) = i == 0 ? 0 : 2.0 / static_cast<double>(i);
    expected += std::pow(std::sqrt(a.covariance(i, i)) - std::sqrt(b.covariance(i, i)), 2);
  }
  EXPECT_NEAR(FrechetReference(a).DistanceTo(b), expected, 1e-12);
}

// Σ and A Σ Aᵀ with symmetric A ≥ 0 that commutes with neither: the optimal map from N(0, Σ) is A,
// so the distance is E‖x − A x‖² = tr (I − A) Σ (I − A).
TEST(FrechetDistanceTest, OfAKnownOptimalMapIsItsCost) {
  const MatrixD s = RandomMatrixD(6, 6, 1), t = RandomMatrixD(6, 6, 2);
  const MatrixD sigma = s * s.transpose(), map = t * t.transpose();
  const FeatureMoments a{VectorD::Zero(6), sigma};
  const FeatureMoments b{VectorD::Zero(6), map * sigma * map};
  const MatrixD rest = MatrixD::Identity(6, 6) - map;
  const double cost = (rest * sigma * rest).trace();
  EXPECT_NEAR(FrechetReference(a).DistanceTo(b), cost, 1e-9 * cost);
  EXPECT_NEAR(FrechetReference(b).DistanceTo(a), cost, 1e-9 * cost);
}

TEST(FrechetDistanceTest, ToItselfIsZero) {
  ThreadPool pool(1);
  const FeatureMoments moments = MomentsOf(RandomMatrix(20, 30, 1), pool);  // singular
  EXPECT_NEAR(FrechetReference(moments).DistanceTo(moments), 0, 1e-6);
}

}  // namespace
}  // namespace cae
