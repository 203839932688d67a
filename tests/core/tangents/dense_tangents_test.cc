#include "core/tangents/dense_tangents.h"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "tests/testing/central_differences.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"

namespace cae {
namespace {

using testing::CentralDifferences;
using testing::HasBitsOf;
using testing::RandomMatrixD;
using testing::RandomModelParameters;
using testing::RandomVectorD;
using testing::Weights;

/// A model, a point and the Jacobian there, kept together because the operator refers to the model.
struct Point {
  Point(const ModelParameters& parameters, int first, int last)
      : model(parameters),
        states(model.Forward(RandomVectorD(model.stack()[first - 1].weight.cols(), 42, 0, 1), first,
                             last)),
        jacobian(model, states, first) {}

  const ReferenceAutoencoder model;
  const std::vector<VectorD> states;
  const JacobianOperator jacobian;
};

/// A one-layer model whose Jacobian is `weight` everywhere.
ModelParameters LinearModel(const MatrixD& weight) {
  ModelParameters p = RandomModelParameters({weight.cols(), weight.rows()}, {Activation::kIdentity},
                                            Weights::kTied, 1);
  p.layers[0].encoder.weight = weight.cast<float>();
  return p;
}

MatrixD OrthonormalColumns(Index rows, Index cols, std::uint64_t seed) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(RandomMatrixD(rows, cols, seed));
  return qr.householderQ() * MatrixD::Identity(rows, cols);
}

/// Everything that TangentSpace promises, whatever the spectrum.
void ExpectIsATangentSpaceOf(const TangentSpace& t, const JacobianOperator& jacobian, Index rank) {
  ASSERT_EQ(t.singular_values.size(), rank);
  ASSERT_EQ(t.directions.rows(), rank);
  ASSERT_EQ(t.directions.cols(), jacobian.cols());
  ASSERT_EQ(t.code_directions.rows(), rank);
  ASSERT_EQ(t.code_directions.cols(), jacobian.rows());
  ASSERT_EQ(t.residuals.size(), rank);
  const MatrixD identity = MatrixD::Identity(rank, rank);
  EXPECT_LT((t.directions * t.directions.transpose() - identity).norm(), 1e-12);
  EXPECT_LT((t.code_directions * t.code_directions.transpose() - identity).norm(), 1e-12);
  EXPECT_LT(t.residuals.maxCoeff(), 1e-12);
  for (Index i = 0; i < rank; ++i) {
    EXPECT_GE(t.singular_values[i], 0);
    EXPECT_LE(t.singular_values[i], t.singular_values[std::max<Index>(i - 1, 0)]);
    const VectorD v = t.directions.row(i), u = t.code_directions.row(i);
    // The first component of largest magnitude is positive.
    Index largest = 0;
    for (Index j = 1; j < v.size(); ++j) {
      if (std::abs(v[j]) > std::abs(v[largest])) largest = j;
    }
    EXPECT_GT(v[largest], 0) << i;
    // The code direction goes with it: J v = σ u, sign and all.
    EXPECT_LT((jacobian.Apply(v) - t.singular_values[i] * u).norm(),
              1e-12 * std::max(1.0, t.singular_values[0]));
  }
}

struct Shape {
  std::vector<Index> sizes;
  Activation activation;
  int first;
  int last;
};

class DenseTangentsTest : public ::testing::TestWithParam<Shape> {
 protected:
  const Point point_{
      RandomModelParameters(GetParam().sizes, {GetParam().activation}, Weights::kTied, 3),
      GetParam().first, GetParam().last};
  const Index largest_rank_ = std::min(point_.jacobian.rows(), point_.jacobian.cols());
};

TEST_P(DenseTangentsTest, FullRankReproducesTheJacobian) {
  const TangentSpace t = DenseTangents(point_.jacobian, largest_rank_);
  ExpectIsATangentSpaceOf(t, point_.jacobian, largest_rank_);
  const MatrixD product =
      t.code_directions.transpose() * t.singular_values.asDiagonal() * t.directions;
  EXPECT_LT((product - point_.jacobian.ToDense()).norm(), 1e-12);
  EXPECT_NEAR(t.singular_values.squaredNorm(), point_.jacobian.SquaredFrobeniusNorm(), 1e-12);
}

// Singular values of a matrix that knows nothing of the operator. Their errors are at most the
// norm of the difference of the matrices, about 1e-9.
TEST_P(DenseTangentsTest, SingularValuesAreThoseOfTheFiniteDifferences) {
  const auto& [sizes, activation, first, last] = GetParam();
  const MatrixD differences =
      CentralDifferences([this, from = first, to = last](
                             const VectorD& x) { return point_.model.Forward(x, from, to).back(); },
                         point_.states[0]);
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(differences);
  const TangentSpace t = DenseTangents(point_.jacobian, largest_rank_);
  EXPECT_LT((t.singular_values - svd.singularValues()).lpNorm<Eigen::Infinity>(), 1e-7);
  EXPECT_GT(t.singular_values[0], 1e-2);
}

TEST_P(DenseTangentsTest, SmallerRanksAreTheLeadingTriplets) {
  const TangentSpace all = DenseTangents(point_.jacobian, largest_rank_);
  for (Index rank = 1; rank < largest_rank_; ++rank) {
    const TangentSpace t = DenseTangents(point_.jacobian, rank);
    ExpectIsATangentSpaceOf(t, point_.jacobian, rank);
    EXPECT_EQ(t.singular_values, all.singular_values.head(rank));
    EXPECT_EQ(t.directions, all.directions.topRows(rank));
    EXPECT_EQ(t.code_directions, all.code_directions.topRows(rank));
  }
}

TEST_P(DenseTangentsTest, NoDirectionIsStretchedMoreThanTheFirst) {
  const TangentSpace t = DenseTangents(point_.jacobian, 1);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const VectorD v = RandomVectorD(point_.jacobian.cols(), seed).normalized();
    EXPECT_LE(point_.jacobian.Apply(v).norm(), t.singular_values[0] * (1 + 1e-12));
  }
}

TEST_P(DenseTangentsTest, IsDeterministic) {
  const TangentSpace a = DenseTangents(point_.jacobian, largest_rank_);
  const TangentSpace b = DenseTangents(point_.jacobian, largest_rank_);
  EXPECT_THAT(a.directions, HasBitsOf(b.directions));
  EXPECT_THAT(a.singular_values, HasBitsOf(b.singular_values));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, DenseTangentsTest,
    ::testing::Values(Shape{{8, 20}, Activation::kLogistic, 1, 1},           // d < h
                      Shape{{20, 8}, Activation::kLogistic, 1, 1},           // d > h
                      Shape{{7, 7}, Activation::kIdentity, 1, 1},            // d = h
                      Shape{{1, 1}, Activation::kTanh, 1, 1},                // a number
                      Shape{{9, 1}, Activation::kTanh, 1, 1},                // one unit
                      Shape{{40, 60}, Activation::kTanh, 1, 1},              // divide and conquer
                      Shape{{15, 30, 10}, Activation::kLogistic, 1, 2},      // two layers, d > h
                      Shape{{10, 30, 25}, Activation::kTanh, 1, 2},          // d < h
                      Shape{{12, 12, 12}, Activation::kIdentity, 1, 2},      // d = h
                      Shape{{15, 30, 10}, Activation::kLogistic, 2, 2},      // the top one alone
                      Shape{{15, 30, 10}, Activation::kLogistic, 1, 1},      // the lowest alone
                      Shape{{9, 4, 7}, Activation::kLogistic, 1, 2},         // rank 4 of 7
                      Shape{{9, 1, 7}, Activation::kTanh, 1, 2},             // rank 1 of 7
                      Shape{{9, 14, 8, 11}, Activation::kRelu, 1, 3},        // some units off
                      Shape{{9, 14, 8, 11}, Activation::kLogistic, 1, 3}));  // three layers

TEST(DenseTangentsSpectrumTest, EqualSingularValuesGetSomeOrthonormalBasis) {
  for (const Index units : {6, 25}) {
    const Point point(LinearModel(OrthonormalColumns(30, units, 5).transpose()), 1, 1);
    const TangentSpace t = DenseTangents(point.jacobian, units);
    ExpectIsATangentSpaceOf(t, point.jacobian, units);
    // Weights rounded to float leave the values equal to about 1e-7.
    EXPECT_LT((t.singular_values.array() - 1).abs().maxCoeff(), 1e-6);
  }
}

TEST(DenseTangentsSpectrumTest, FindsTheSingularValuesThatTheWeightsWereBuiltFrom) {
  VectorD sigma(6);
  sigma << 4, 4, 4, 0.5, 0.5, 0.5;
  const MatrixD weight =
      OrthonormalColumns(12, 6, 7) * sigma.asDiagonal() * OrthonormalColumns(9, 6, 8).transpose();
  const Point point(LinearModel(weight), 1, 1);
  const TangentSpace t = DenseTangents(point.jacobian, 9);
  EXPECT_LT((t.singular_values.head(6) - sigma).norm(), 1e-5);
  EXPECT_LT(t.singular_values.tail(3).norm(), 1e-5);
}

TEST(DenseTangentsSpectrumTest, DoubledAndDeadUnitsLeaveAnOrthonormalBasis) {
  MatrixD weight = RandomMatrixD(8, 10, 9).cast<float>().cast<double>();
  weight.row(3) = weight.row(2);  // rank 7 at most
  weight.row(5).setZero();        // rank 6
  const Point point(LinearModel(weight), 1, 1);
  const TangentSpace t = DenseTangents(point.jacobian, 8);
  ExpectIsATangentSpaceOf(t, point.jacobian, 8);
  EXPECT_GT(t.singular_values[5], 0.1);
  EXPECT_LT(t.singular_values.tail(2).maxCoeff(), 1e-12);
}

TEST(DenseTangentsSpectrumTest, ZeroJacobianGetsTheUnitBasis) {
  ModelParameters p = RandomModelParameters({5, 7}, {Activation::kLogistic}, Weights::kTied, 1);
  p.layers[0].encoder.bias.setConstant(100);  // saturated: s' is 0 to the last bit
  const Point point(p, 1, 1);
  const TangentSpace t = DenseTangents(point.jacobian, 3);
  EXPECT_EQ(t.singular_values, VectorD::Zero(3));
  EXPECT_EQ(t.residuals, VectorD::Zero(3));
  EXPECT_EQ(t.directions, MatrixD::Identity(3, 5));
  EXPECT_EQ(t.code_directions, MatrixD::Identity(3, 7));
}

TEST(DenseTangentsSpectrumTest, NearlySaturatedCodesKeepTheirRelativeAccuracy) {
  ModelParameters p = RandomModelParameters({5, 7}, {Activation::kLogistic}, Weights::kTied, 1);
  p.layers[0].encoder.bias.setConstant(-60);  // s' about 1e-26
  const Point point(p, 1, 1);
  const TangentSpace t = DenseTangents(point.jacobian, 5);
  EXPECT_GT(t.singular_values[0], 0);
  EXPECT_LT(t.singular_values[0], 1e-20);
  EXPECT_LT(t.residuals.maxCoeff(), 1e-12);
  EXPECT_NEAR(t.singular_values.squaredNorm() / point.jacobian.SquaredFrobeniusNorm(), 1, 1e-10);
}

TEST(DenseTangentsDeathTest, RanksThatTheJacobianDoesNotHaveStopTheProcess) {
  const Point point(RandomModelParameters({5, 7}, {Activation::kTanh}, Weights::kTied, 1), 1, 1);
  EXPECT_DEATH(DenseTangents(point.jacobian, 0), "rank 0 of a Jacobian of 7 x 5");
  EXPECT_DEATH(DenseTangents(point.jacobian, 6), "rank 6 of a Jacobian of 7 x 5");
}

}  // namespace
}  // namespace cae
