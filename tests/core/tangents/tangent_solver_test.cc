#include "core/tangents/tangent_solver.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/tangents/fixed_vector.h"
#include "core/tangents/golub_kahan.h"
#include "tests/core/tangents/tangents_of_model.h"
#include "tests/testing/same_bits.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomMatrixD;
using testing::RandomModelParameters;
using testing::Weights;

struct Shape {
  std::vector<Index> sizes;
  Activation activation;
  int first;
  int last;
};

class TangentMethodTest
    : public ::testing::TestWithParam<std::tuple<Shape, TangentMethod, Weights>> {};

TEST_P(TangentMethodTest, FindsTheLeadingTripletsForEveryRank) {
  const auto& [shape, method, weights] = GetParam();
  ModelTangents tangents(RandomModelParameters(shape.sizes, {shape.activation}, weights, 3),
                         shape.first, shape.last, method);
  const Matrix points = RandomMatrix(3, tangents.solver().input_units(), 4, 0, 1);
  const Index most = tangents.solver().max_rank();
  for (const Index rank : {Index{1}, (most + 1) / 2, most}) {
    SCOPED_TRACE(::testing::Message() << "rank " << rank);
    tangents.ExpectTangents(points, tangents.Solved(points, rank));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, TangentMethodTest,
    ::testing::Combine(::testing::Values(Shape{{8, 20}, Activation::kLogistic, 1, 1},
                                         Shape{{8, 12}, Activation::kLogistic, 1, 1},
                                         Shape{{20, 8}, Activation::kTanh, 1, 1},
                                         Shape{{7, 7}, Activation::kIdentity, 1, 1},
                                         Shape{{1, 1}, Activation::kTanh, 1, 1},
                                         Shape{{9, 1}, Activation::kTanh, 1, 1},
                                         Shape{{1, 9}, Activation::kLogistic, 1, 1},
                                         Shape{{70, 90}, Activation::kLogistic, 1, 1},
                                         Shape{{40, 100}, Activation::kTanh, 1, 1},
                                         Shape{{50, 60, 40}, Activation::kLogistic, 1, 2},
                                         Shape{{15, 30, 25}, Activation::kTanh, 1, 2},
                                         Shape{{15, 30, 25}, Activation::kTanh, 2, 2},
                                         Shape{{15, 30, 25}, Activation::kTanh, 1, 1},
                                         Shape{{9, 14, 8, 11}, Activation::kRelu, 1, 3},
                                         Shape{{30, 40, 35, 33}, Activation::kTanh, 1, 3}),
                       ::testing::Values(TangentMethod::kGramLanczos, TangentMethod::kGolubKahan,
                                         TangentMethod::kDense),
                       ::testing::Values(Weights::kTied, Weights::kUntied)));

/// A spectrum on which Krylov methods stumble.
struct Spectrum {
  std::string name;
  MatrixD weight;
  std::vector<Index> ranks;
};

MatrixD DoubledUnits() {
  MatrixD weight = RandomMatrixD(60, 50, 9);
  weight.bottomRows(30) = weight.topRows(30);
  return weight;
}

/// Each value three times: a Krylov space of one vector holds each once.
MatrixD TripledValues() {
  VectorD values(60);
  for (Index i = 0; i < 60; ++i) values[i] = 3.0 / (1.0 + static_cast<double>(i / 3));
  return MatrixWithSpectrum(values, 90, 80);
}

MatrixD ZeroAndDoubledRows() {
  MatrixD weight = RandomMatrixD(40, 50, 9);
  weight.row(3) = weight.row(2);
  weight.row(5).setZero();
  return weight;
}

/// The vector that Lanczos starts from is orthogonal to the leading space, so that only rounding or
/// the look at what was missed can find it.
MatrixD LeadingSpaceHiddenFromTheStart(Index size) {
  VectorD start(size);
  FixedVector(0, absl::Span<double>(start.data(), static_cast<std::size_t>(size)));
  MatrixD basis = RandomMatrixD(size, size, 11);
  basis.col(0) = start;
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(basis);
  const MatrixD q = qr.householderQ();
  VectorD values(size);
  // Column 0 is the start: the three largest values belong to columns 1 to 3.
  for (Index i = 0; i < size; ++i) values[i] = 1.0 / static_cast<double>(i + 1);
  values.segment(1, 3) << 9, 7, 5;
  return q * values.asDiagonal() * q.transpose();
}

/// The start is orthogonal to the leading vector and the rest converges at once, long before
/// rounding could bring that vector up: only the look at what was missed finds it.
MatrixD LeadingVectorMissedByTheStart(Index size) {
  VectorD start(size);
  FixedVector(0, absl::Span<double>(start.data(), static_cast<std::size_t>(size)));
  start.normalize();
  MatrixD basis = RandomMatrixD(size, size, 11);
  basis.col(0) -= start * start.dot(basis.col(0));
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(basis);
  const MatrixD q = qr.householderQ();
  VectorD values(size);
  for (Index i = 0; i < size; ++i) {
    values[i] = 0.5 - 0.3 * static_cast<double>(i) / static_cast<double>(size);
  }
  values.head(2) << 1.02, 1;
  return q * values.asDiagonal() * q.transpose();
}

/// The start is an eigenvector: the first step exhausts its Krylov space.
MatrixD StartIsAnEigenvector(Index size) {
  VectorD start(size);
  FixedVector(0, absl::Span<double>(start.data(), static_cast<std::size_t>(size)));
  start.normalize();
  return MatrixD::Identity(size, size) * 2.0 - start * start.transpose();
}

std::vector<Spectrum> Spectra() {
  VectorD two_values(50);
  two_values << VectorD::Constant(7, 4.0), VectorD::Constant(43, 0.5);
  VectorD steep(60);
  for (Index i = 0; i < 60; ++i) steep[i] = std::pow(10.0, -0.15 * static_cast<double>(i));
  VectorD slow(150);
  for (Index i = 0; i < 150; ++i) slow[i] = 2.0 - 0.01 * static_cast<double>(i);
  VectorD pairs(64);
  for (Index i = 0; i < 64; ++i) {
    pairs[i] = 2.0 - 0.05 * static_cast<double>(i / 2) - (i % 2 == 0 ? 0.0 : 1e-5);
  }
  return {
      {"AllEqualWide", OrthonormalColumns(90, 60, 5).transpose(), {1, 16, 60}},
      {"AllEqualTall", OrthonormalColumns(90, 60, 5), {1, 16, 60}},
      {"Identity", MatrixD::Identity(48, 48), {1, 16, 48}},
      {"TwoValues", MatrixWithSpectrum(two_values, 70, 60), {1, 7, 8, 20, 60}},
      {"DoubledUnits", DoubledUnits(), {1, 16, 50}},
      {"TripledValues", TripledValues(), {1, 2, 16, 60, 80}},
      {"ZeroAndDoubledRows", ZeroAndDoubledRows(), {1, 16, 39, 40}},
      {"Steep", MatrixWithSpectrum(steep, 80, 70), {1, 16, 40, 70}},
      {"Slow", MatrixWithSpectrum(slow, 200, 180), {1, 16, 64}},
      {"NearlyEqualPairs", MatrixWithSpectrum(pairs, 90, 80), {1, 2, 15, 16, 64}},
      {"RankOne", MatrixWithSpectrum(VectorD::Constant(1, 3.0), 30, 40), {1, 2, 16, 30}},
      {"HiddenLeadingSpace", LeadingSpaceHiddenFromTheStart(60), {1, 2, 3, 16, 60}},
      {"HiddenInALargeSpace", LeadingSpaceHiddenFromTheStart(300), {1, 3, 16}},
      {"LeadingVectorMissed", LeadingVectorMissedByTheStart(60), {1, 2, 3}},
      {"StartIsAnEigenvector", StartIsAnEigenvector(50), {1, 2, 16, 50}},
  };
}

class SpectrumTest : public ::testing::TestWithParam<std::tuple<Spectrum, TangentMethod>> {};

TEST_P(SpectrumTest, IsFoundWithAnOrthonormalBasis) {
  const auto& [spectrum, method] = GetParam();
  ModelTangents tangents(LinearModel(spectrum.weight), 1, 1, method);
  const Matrix points = RandomMatrix(1, spectrum.weight.cols(), 4, 0, 1);
  for (const Index rank : spectrum.ranks) {
    SCOPED_TRACE(::testing::Message() << "rank " << rank);
    tangents.ExpectTangents(points, tangents.Solved(points, rank));
  }
}

INSTANTIATE_TEST_SUITE_P(Spectra, SpectrumTest,
                         ::testing::Combine(::testing::ValuesIn(Spectra()),
                                            ::testing::Values(TangentMethod::kGramLanczos,
                                                              TangentMethod::kGolubKahan)),
                         [](const auto& param_info) {
                           return std::get<0>(param_info.param).name +
                                  (std::get<1>(param_info.param) == TangentMethod::kGramLanczos
                                       ? "ByGramLanczos"
                                       : "ByGolubKahan");
                         });

ModelParameters SaturatedModel(float bias) {
  ModelParameters p = RandomModelParameters({25, 37}, {Activation::kLogistic}, Weights::kTied, 1);
  p.layers[0].encoder.bias.setConstant(bias);
  return p;
}

TEST(TangentSolverTest, ZeroJacobianGetsTheUnitBasis) {
  ModelTangents tangents(SaturatedModel(1000), 1, 1);
  const TangentBatch batch = tangents.Solved(RandomMatrix(2, 25, 4, 0, 1), 3);
  EXPECT_EQ(batch.singular_values, Matrix::Zero(2, 3));
  EXPECT_EQ(batch.residuals, Matrix::Zero(2, 3));
  for (const Index point : {0, 1}) {
    EXPECT_EQ(batch.directions.middleRows(3 * point, 3), Matrix::Identity(3, 25));
    EXPECT_EQ(batch.code_directions.middleRows(3 * point, 3), Matrix::Identity(3, 37));
  }
}

// s' is about 1e-26, its square no float any more.
TEST(TangentSolverTest, NearlySaturatedCodesKeepTheirRelativeAccuracy) {
  for (const float bias : {-60.0f, 60.0f, -15.0f, 15.0f}) {
    ModelTangents tangents(SaturatedModel(bias), 1, 1);
    const Matrix points = RandomMatrix(2, 25, 4, 0, 1);
    const TangentBatch batch = tangents.Solved(points, 5);
    EXPECT_GT(batch.singular_values.minCoeff(), 0);
    tangents.ExpectTangents(points, batch);
  }
}

TEST(TangentSolverTest, NarrowTolerancesAreKept) {
  ModelTangents tangents(
      RandomModelParameters({70, 90}, {Activation::kLogistic}, Weights::kTied, 3), 1, 1);
  const Matrix points = RandomMatrix(3, 70, 4, 0, 1);
  tangents.ExpectTangents(points, tangents.Solved(points, 8, 1e-6), 1e-6);
}

// Their size would be that of bfloat16's roundings, some 4e-3, were it not for products in float32.
TEST(TangentSolverTest, ModelsWithCoarseProductsHaveExactTangentsByTheFastMethod) {
  for (const Weights weights : {Weights::kTied, Weights::kUntied}) {
    auto model = Autoencoder::Create(
        RandomModelParameters({70, 90, 80}, {Activation::kLogistic}, weights, 3),
        Precision::kBFloat16);
    if (absl::IsFailedPrecondition(model.status())) GTEST_SKIP() << model.status();
    ASSERT_THAT(model, IsOk());
    for (const int first : {1, 2}) {
      for (const int last : {1, 2}) {
        if (last < first) continue;
        ModelTangents tangents(*model, first, last);
        const Matrix points = RandomMatrix(3, tangents.solver().input_units(), 4, 0, 1);
        tangents.ExpectTangents(points, tangents.Solved(points, 5));
        EXPECT_EQ(tangents.fallbacks(), 0) << first << " to " << last;
      }
    }
  }
}

TEST(TangentSolverTest, APointWithoutAFiniteJacobianHasNanAndLeavesTheOthersAlone) {
  for (const TangentMethod method :
       {TangentMethod::kGramLanczos, TangentMethod::kGolubKahan, TangentMethod::kDense}) {
    ModelTangents tangents(
        RandomModelParameters({30, 40}, {Activation::kLogistic}, Weights::kTied, 3), 1, 1, method);
    Matrix points = RandomMatrix(2, 30, 4, 0, 1);
    points(1, 7) = std::numeric_limits<float>::quiet_NaN();
    TangentBatch batch;
    ASSERT_THAT(tangents.Solve(points, 5, batch), IsOk());
    EXPECT_TRUE(batch.singular_values.row(1).array().isNaN().all());
    EXPECT_TRUE(batch.directions.bottomRows(5).array().isNaN().all());
    const Matrix whole = points.topRows(1);
    const TangentBatch alone = tangents.Solved(whole, 5);
    EXPECT_THAT(Matrix(batch.singular_values.topRows(1)), HasBitsOf(alone.singular_values));
    EXPECT_THAT(Matrix(batch.directions.topRows(5)), HasBitsOf(alone.directions));
  }
}

TEST(TangentSolverTest, NoPointsGiveNoTangents) {
  ModelTangents tangents(SaturatedModel(0), 1, 1);
  const TangentBatch batch = tangents.Solved(Matrix(0, 25), 3);
  EXPECT_EQ(batch.singular_values.rows(), 0);
  EXPECT_EQ(batch.directions.rows(), 0);
}

/// That the error ends a call, wherever it comes, and comes out as it is.
void ExpectYieldErrorsUnchanged(ModelTangents& tangents, const Matrix& points, int least_calls) {
  TangentBatch batch;
  int calls = 0;
  ASSERT_THAT(tangents.Solve(points, 5, batch, 1e-4, [&] { return ++calls, absl::OkStatus(); }),
              IsOk());
  EXPECT_GE(calls, least_calls);
  // None of them may pass for a signal between the methods.
  for (const absl::Status& error :
       {absl::CancelledError("enough"), absl::NotFoundError("gone"), absl::InternalError("broken"),
        absl::DeadlineExceededError("late"), absl::UnimplementedError("never")}) {
    for (int last = 1; last <= calls; ++last) {
      int left = last;
      const absl::Status status = tangents.Solve(
          points, 5, batch, 1e-4, [&] { return --left == 0 ? error : absl::OkStatus(); });
      ASSERT_EQ(status, error) << "call " << last;
      ASSERT_EQ(left, 0) << "no call after the error";
    }
  }
  tangents.ExpectTangents(points, tangents.Solved(points, 5));
}

TEST(TangentSolverTest, AnErrorOfTheYieldPointEndsEveryMethod) {
  for (const TangentMethod method :
       {TangentMethod::kGramLanczos, TangentMethod::kGolubKahan, TangentMethod::kDense}) {
    ModelTangents tangents(
        RandomModelParameters({70, 90}, {Activation::kLogistic}, Weights::kTied, 3), 1, 1, method);
    ExpectYieldErrorsUnchanged(tangents, RandomMatrix(2, 70, 4, 0, 1),
                               method == TangentMethod::kDense ? 4 : 15);
  }
}

TEST(TangentSolverTest, AnErrorOfTheYieldPointEndsTheMethodsBehindTheFirst) {
  ModelTangents tangents(SaturatedModel(-60), 1, 1);  // its squares are no floats
  ExpectYieldErrorsUnchanged(tangents, RandomMatrix(2, 25, 4, 0, 1), 15);
  EXPECT_GT(tangents.fallbacks(), 0);
}

/// The squares of its values are Chebyshev's nodes, on which Krylov spaces of few vectors see least
/// of the ends.
MatrixD SlowestSpectrum(Index size) {
  VectorD values(size);
  for (Index i = 0; i < size; ++i) {
    values[i] = std::sqrt(
        1.01 + std::cos(M_PI * (static_cast<double>(i) + 0.5) / static_cast<double>(size)));
  }
  return values.asDiagonal();
}

TEST(TangentSolverTest, WhatGolubKahanIsTooSlowForIsDecomposed) {
  const ModelParameters parameters = LinearModel(SlowestSpectrum(600));
  const auto model = *Autoencoder::Create(parameters);
  const Matrix points = RandomMatrix(1, 600, 4, 0, 1);
  const PointJacobian jacobian(*model, 1, 1, points.row(0).transpose().cast<double>());
  const auto space = GolubKahanTangents(jacobian, 1, 1e-4, NeverYield);
  ASSERT_THAT(space, IsOk());
  ASSERT_FALSE(space->has_value());
  ModelTangents tangents(model, 1, 1);
  tangents.ExpectTangents(points, tangents.Solved(points, 1));
  EXPECT_EQ(tangents.fallbacks(), 1);
}

// The square of J hides what is 1e-4 of the largest value behind rounding; steps of subspace
// iteration with J itself bring it out, and no slower method is needed.
TEST(TangentSolverTest, SmallValuesAreRefinedWithoutAnotherMethod) {
  VectorD steep(60);
  for (Index i = 0; i < 60; ++i) steep[i] = std::pow(10.0, -0.2 * static_cast<double>(i));
  ModelTangents tangents(LinearModel(MatrixWithSpectrum(steep, 80, 70)), 1, 1);
  const Matrix points = RandomMatrix(1, 70, 4, 0, 1);
  for (const Index rank : {8, 12, 16}) {
    tangents.ExpectTangents(points, tangents.Solved(points, rank, 1e-6), 1e-6);
    EXPECT_EQ(tangents.fallbacks(), 0) << "rank " << rank;
  }
}

TEST(TangentSolverTest, EstimatedWorkGrowsWithRankAndLayers) {
  const ModelParameters p =
      RandomModelParameters({70, 90, 80}, {Activation::kLogistic}, Weights::kTied, 3);
  ModelTangents one(p, 1, 1), two(p, 1, 2);
  EXPECT_GT(one.solver().EstimatedFlops(1), 10 * 2.0 * 90 * 90);
  EXPECT_GT(one.solver().EstimatedFlops(16), one.solver().EstimatedFlops(4));
  EXPECT_GT(two.solver().EstimatedFlops(4), one.solver().EstimatedFlops(4));
}

TEST(TangentSolverDeathTest, RanksThatTheJacobianDoesNotHaveStopTheProcess) {
  ModelTangents tangents(SaturatedModel(0), 1, 1);
  TangentBatch batch;
  EXPECT_DEATH(tangents.Solve(Matrix(Matrix::Zero(1, 25)), 0, batch).IgnoreError(), "rank 0 of 25");
  EXPECT_DEATH(tangents.Solve(Matrix(Matrix::Zero(1, 25)), 26, batch).IgnoreError(),
               "rank 26 of 25");
}

}  // namespace
}  // namespace cae
