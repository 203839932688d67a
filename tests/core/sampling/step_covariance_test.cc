// The covariance of single steps of a non-linear model against J Jᵀ, for both processes. Many
// chains take their first step from one state. Seeds are fixed; every bound is five standard errors
// of the estimate, computed beside it, plus what the first order leaves out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/sampling/chain_stepper.h"
#include "core/sampling/reference_chain.h"
#include "tests/testing/central_differences.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

using testing::CentralDifferences;
using testing::RandomModelParameters;
using testing::RandomVector;
using testing::RandomVectorD;
using testing::Weights;

constexpr double kErrors = 5;

struct Stack {
  std::string name;
  std::vector<Index> sizes;
  Activation activation;
  Weights weights;
  SampleProcess process;
};

class StepCovarianceTest : public ::testing::TestWithParam<Stack> {
 protected:
  static constexpr int kChains = 40'000;

  VectorD Encode(const VectorD& state) const { return model_.Forward(state, first_, top_).back(); }
  VectorD Decode(const VectorD& code) const { return model_.Decode(code, top_, first_ - 1); }

  /// Row i is what `part` takes from the first step of chain i, less what it takes without noise.
  template <typename Part>
  MatrixD Moves(double noise, const Part& part) const {
    const ReferenceChain chain(model_,
                               {.seed = 3, .noise_stddev = noise, .process = GetParam().process});
    const ReferenceChain still(model_,
                               {.seed = 3, .noise_stddev = 0, .process = GetParam().process});
    const VectorD at = part(still.Step(state_, 0, 0)).template cast<double>();
    MatrixD moves(kChains, at.size());
    for (int i = 0; i < kChains; ++i) {
      moves.row(i) = (part(chain.Step(state_, i, 0)).template cast<double>() - at).transpose();
    }
    return moves;
  }

  /// Expects zero mean and the covariance `expected`. An element (i, j) of the covariance of n
  /// Gaussian draws has the variance (C_ii C_jj + C_ij²)/n, the mean C_ii/n; `bias` is relative.
  static void ExpectCovariance(const MatrixD& rows, const MatrixD& expected, double bias) {
    const auto n = static_cast<double>(rows.rows());
    const VectorD mean = rows.colwise().mean();
    const MatrixD covariance = rows.transpose() * rows / n;
    for (Index i = 0; i < expected.rows(); ++i) {
      EXPECT_NEAR(mean[i], 0, (kErrors / std::sqrt(n) + bias) * std::sqrt(expected(i, i))) << i;
      for (Index j = 0; j < expected.cols(); ++j) {
        const double scale = expected(i, i) * expected(j, j);
        const double error = std::sqrt((scale + expected(i, j) * expected(i, j)) / n);
        EXPECT_NEAR(covariance(i, j), expected(i, j), kErrors * error + bias * std::sqrt(scale))
            << i << ", " << j;
      }
    }
  }

  const ReferenceAutoencoder model_{
      RandomModelParameters(GetParam().sizes, {GetParam().activation}, GetParam().weights, 12)};
  const int top_ = model_.layers();
  const int first_ = GetParam().process == SampleProcess::kTopLayer ? top_ : 1;
  const Vector state_ = RandomVector(GetParam().sizes[first_ - 1], 13, 0, 1);
  const VectorD code_ = Encode(state_.cast<double>());
  const MatrixD jacobian_ =
      CentralDifferences([this](const VectorD& x) { return Encode(x); }, state_.cast<double>());
  const MatrixD gram_ = jacobian_ * jacobian_.transpose();
};

// Δh = J Jᵀ ε for every σ: Cov Δh = σ² (J Jᵀ)². Nothing is left out but the rounding of codes to
// float, 6e-8 beside deviations of 1e-3 and more.
TEST_P(StepCovarianceTest, CodesMoveWithTheSquaredGram) {
  constexpr double kNoise = 1.5;
  const MatrixD moves = Moves(kNoise, [](const ReferenceChain::Transition& t) { return t.code; });
  const MatrixD expected = kNoise * kNoise * gram_ * gram_;
  ASSERT_GT(expected.diagonal().maxCoeff(), 1e-6);
  ExpectCovariance(moves, expected, 1e-3);
}

// The same of the batched step: all chains in one call.
TEST_P(StepCovarianceTest, CodesOfTheFloatStepMoveWithTheSquaredGram) {
  constexpr float kNoise = 1.5;
  const auto model = *Autoencoder::Create(
      RandomModelParameters(GetParam().sizes, {GetParam().activation}, GetParam().weights, 12));
  const ChainStepper stepper(*model, GetParam().process);
  std::vector<ChainRow> rows(kChains);
  for (std::uint64_t i = 0; i < rows.size(); ++i) rows[i] = {4, i, 0, kNoise};
  Matrix states = state_.transpose().replicate(kChains, 1), codes(kChains, code_.size());
  Workspace workspace;
  ASSERT_TRUE(stepper.Step(rows, 0, states, codes, workspace, NeverYield).ok());
  const MatrixD moves = codes.cast<double>().rowwise() - code_.transpose();
  // Codes of size 1 are rounded more than once: 1e-3 of the deviations at most.
  ExpectCovariance(moves, kNoise * kNoise * gram_ * gram_, 2e-3);
}

// Δx = J_g J Jᵀ ε + O(σ²) with J_g the decoder's Jacobian at the code: Cov Δx = σ² J_g (J Jᵀ)²
// J_gᵀ. At σ = 0.01 the second order is a per cent of the first. It moves the mean by as much; to
// the covariance, where odd terms vanish, it adds its square.
TEST_P(StepCovarianceTest, SmallNoiseMovesTheStateThroughTheDecodersJacobian) {
  constexpr double kNoise = 0.01;
  const MatrixD decoder =
      CentralDifferences([this](const VectorD& code) { return Decode(code); }, code_);
  const MatrixD moves = Moves(kNoise, [](const ReferenceChain::Transition& t) { return t.state; });
  const MatrixD factor = kNoise * decoder * gram_;
  ExpectCovariance(moves, factor * factor.transpose(), 0.01);
}

// The reading of the step as noise in input space: f(x + tJᵀε) − f(x) − tJJᵀε falls as t².
TEST_P(StepCovarianceTest, IsToFirstOrderAStepBelowAlongTheTransposedJacobian) {
  const VectorD epsilon = RandomVectorD(code_.size(), 14);
  const auto remainder = [&](double t) {
    const VectorD moved = state_.cast<double>() + t * jacobian_.transpose() * epsilon;
    return (Encode(moved) - code_ - t * gram_ * epsilon).norm();
  };
  EXPECT_NEAR(remainder(0.02) / remainder(0.01), 4, 0.1);
}

constexpr auto kComposed = SampleProcess::kComposed;
constexpr auto kTopLayer = SampleProcess::kTopLayer;
constexpr auto kLogistic = Activation::kLogistic;
constexpr auto kTanh = Activation::kTanh;

INSTANTIATE_TEST_SUITE_P(
    Stacks, StepCovarianceTest,
    ::testing::Values(Stack{"OneLayer", {6, 4}, kLogistic, Weights::kTied, kComposed},
                      Stack{"OneWideLayer", {4, 6}, kTanh, Weights::kUntied, kComposed},
                      Stack{"OneLayerAsTheTop", {6, 4}, kLogistic, Weights::kTied, kTopLayer},
                      Stack{"TwoLayers", {6, 9, 4}, kLogistic, Weights::kTied, kComposed},
                      Stack{"TwoWideLayers", {4, 6, 7}, kTanh, Weights::kUntied, kComposed},
                      Stack{"TopOfTwoLayers", {6, 9, 4}, kLogistic, Weights::kTied, kTopLayer},
                      Stack{"TopOfTwoLayersUntied", {6, 4, 7}, kTanh, Weights::kUntied, kTopLayer}),
    [](const auto& stack) { return stack.param.name; });

}  // namespace
}  // namespace cae
