// The statistics of the chain against theory: the closed form of a linear model, and the covariance
// of single steps. Seeds are fixed; every bound is five standard errors of the estimate, computed
// beside it, so a correct chain passes and a wrong factor or transpose does not.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <cmath>
#include <vector>

#include "core/model/jacobian_operator.h"
#include "core/sampling/reference_chain.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

using testing::RandomModelParameters;
using testing::RandomVector;
using testing::RandomVectorD;
using testing::Weights;

constexpr double kErrors = 5;

/// x' = A x + Wᵀc + b + A Wᵀε with A = WᵀW: a vector autoregression.
class LinearChainTest : public ::testing::Test {
 protected:
  static constexpr Index kInputs = 3, kUnits = 4;
  static constexpr int kSteps = 60'000, kBurnIn = 100;
  static constexpr double kNoise = 0.8;

  LinearChainTest() {
    // ‖W‖² = 0.8: the chain is stationary and remembers a few steps.
    Matrix& weight = parameters_.layers[0].encoder.weight;
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(weight.cast<double>());
    weight *= static_cast<float>(std::sqrt(0.8) / svd.singularValues()[0]);
    const MatrixD w = weight.cast<double>();
    const LayerParameters& layer = parameters_.layers[0];
    a_ = w.transpose() * w;
    const MatrixD identity = MatrixD::Identity(kInputs, kInputs);
    mean_ = (identity - a_).inverse() *
            (w.transpose() * layer.encoder.bias.cast<double>() + layer.decoder_bias.cast<double>());
    covariance_ = kNoise * kNoise * a_ * a_ * a_ * (identity - a_ * a_).inverse();
  }

  /// Row t is the deviation of state t from the stationary mean.
  MatrixD Deviations() const {
    const ReferenceAutoencoder model(parameters_);
    const ReferenceChain chain(model, {.seed = 20120626, .noise_stddev = kNoise});
    Vector state = mean_.cast<float>();
    MatrixD deviations(kSteps, kInputs);
    for (int t = -kBurnIn; t < kSteps; ++t) {
      state = chain.Step(state, 1, t + kBurnIn).state;
      if (t >= 0) deviations.row(t) = (state.cast<double>() - mean_).transpose();
    }
    return deviations;
  }

  /// Covariance of states `lag` steps apart, Cov(x_{t+lag}, x_t) = A^lag Σ.
  MatrixD Autocovariance(int lag) const {
    MatrixD result = covariance_;
    for (int i = 0; i < lag; ++i) result = (a_ * result).eval();
    return result;
  }

  /// Variance of the mean of T states: (1/T) Σ_lag Γ_ii(lag), lags of both signs.
  double VarianceOfMean(Index i) const {
    double sum = covariance_(i, i);
    for (int lag = 1; lag < 100; ++lag) sum += 2 * Autocovariance(lag)(i, i);
    return sum / kSteps;
  }

  /// Bartlett: an estimated covariance (i, j) at lag l has the variance
  /// (1/T) Σ_k Γ_ii(k) Γ_jj(k) + Γ_ij(k+l) Γ_ji(k−l). Here every Γ(k) = A^k Σ is symmetric and
  /// positive, so Γ_ij(k)² ≤ Γ_ii(k) Γ_jj(k) and twice the first sum is a bound for every l.
  double VarianceOfCovariance(Index i, Index j) const {
    double sum = 2 * covariance_(i, i) * covariance_(j, j);
    for (int lag = 1; lag < 100; ++lag) {
      const MatrixD gamma = Autocovariance(lag);
      sum += 4 * gamma(i, i) * gamma(j, j);
    }
    return sum / kSteps;
  }

  void ExpectNearCovariance(const MatrixD& estimate, const MatrixD& expected) const {
    for (Index i = 0; i < kInputs; ++i) {
      for (Index j = 0; j < kInputs; ++j) {
        EXPECT_NEAR(estimate(i, j), expected(i, j), kErrors * std::sqrt(VarianceOfCovariance(i, j)))
            << i << ", " << j;
      }
    }
  }

  ModelParameters parameters_ =
      RandomModelParameters({kInputs, kUnits}, {Activation::kIdentity}, Weights::kTied, 11);
  MatrixD a_;           ///< A = WᵀW
  VectorD mean_;        ///< (I − A)⁻¹ (Wᵀc + b)
  MatrixD covariance_;  ///< σ² A³ (I − A²)⁻¹
};

TEST_F(LinearChainTest, HasTheMeanCovarianceAndAutocovarianceOfTheClosedForm) {
  const MatrixD x = Deviations();
  const VectorD mean = x.colwise().mean();
  for (Index i = 0; i < kInputs; ++i) {
    EXPECT_NEAR(mean[i], 0, kErrors * std::sqrt(VarianceOfMean(i))) << i;
  }
  ExpectNearCovariance(x.transpose() * x / kSteps, covariance_);
  const MatrixD later = x.bottomRows(kSteps - 1), earlier = x.topRows(kSteps - 1);
  ExpectNearCovariance(later.transpose() * earlier / (kSteps - 1), Autocovariance(1));
  // The bounds are sharp: far smaller than what is measured.
  EXPECT_LT(kErrors * std::sqrt(VarianceOfCovariance(0, 0)), 0.2 * covariance_(0, 0));
}

TEST_F(LinearChainTest, ForgetsItsStartAtTheRateOfTheClosedForm) {
  const ReferenceAutoencoder model(parameters_);
  const ReferenceChain chain(model, {.seed = 1, .noise_stddev = 0});
  const Vector start = RandomVector(kInputs, 5, -2, 2);
  Vector state = start;
  VectorD expected = start.cast<double>() - mean_;
  for (int t = 0; t < 20; ++t) {
    state = chain.Step(state, 0, t).state;
    expected = (a_ * expected).eval();
    EXPECT_LT((state.cast<double>() - mean_ - expected).norm(), 1e-5) << t;
  }
}

/// Many chains take their first step from one state of a non-linear model.
class SingleStepTest : public ::testing::Test {
 protected:
  static constexpr Index kInputs = 6, kUnits = 4;
  static constexpr int kChains = 40'000;

  /// Expects the sample covariance of the rows to be `expected`. A covariance (i, j) of n Gaussian
  /// draws has the variance (C_ii C_jj + C_ij²)/n; `relative_bias` allows for what theory leaves
  /// out.
  static void ExpectCovariance(const MatrixD& rows, const MatrixD& expected, double relative_bias) {
    const auto n = static_cast<double>(rows.rows());
    const MatrixD centred = rows.rowwise() - rows.colwise().mean();
    const MatrixD covariance = centred.transpose() * centred / n;
    for (Index i = 0; i < expected.rows(); ++i) {
      for (Index j = 0; j < expected.cols(); ++j) {
        const double scale = expected(i, i) * expected(j, j);
        const double error = std::sqrt((scale + expected(i, j) * expected(i, j)) / n);
        EXPECT_NEAR(covariance(i, j), expected(i, j),
                    kErrors * error + relative_bias * std::sqrt(scale))
            << i << ", " << j;
      }
    }
  }

  const ReferenceAutoencoder model_{
      RandomModelParameters({kInputs, 9, kUnits}, {Activation::kLogistic}, Weights::kTied, 12)};
  const Vector x_ = RandomVector(kInputs, 13, 0, 1);
  const std::vector<VectorD> states_ = model_.Forward(x_.cast<double>(), 1, 2);
  const MatrixD jacobian_ = JacobianOperator(model_, states_, 1).ToDense();
  const MatrixD gram_ = jacobian_ * jacobian_.transpose();
};

TEST_F(SingleStepTest, CodesMoveWithCovarianceOfTheSquaredGram) {
  constexpr double kNoise = 1.5;
  const ReferenceChain chain(model_, {.seed = 3, .noise_stddev = kNoise});
  MatrixD codes(kChains, kUnits);
  for (int i = 0; i < kChains; ++i) {
    codes.row(i) = chain.Step(x_, i, 0).code.cast<double>().transpose();
  }
  // Exact for every σ: Δh = J Jᵀ ε. Rounding to float is 1e-7 beside deviations of 1e-3 or more.
  ExpectCovariance(codes, kNoise * kNoise * gram_ * gram_, 1e-3);
}

TEST_F(SingleStepTest, SmallNoiseMovesTheStateThroughTheDecodersJacobian) {
  // Δx ≈ G J Jᵀ ε with G the decoder's Jacobian at the code, here by central differences.
  constexpr double kNoise = 0.5, kStep = 1e-5;
  const VectorD& code = states_[2];
  MatrixD decoder(kInputs, kUnits);
  for (Index j = 0; j < kUnits; ++j) {
    const VectorD unit = VectorD::Unit(kUnits, j) * kStep;
    decoder.col(j) =
        (model_.Decode(code + unit, 2, 0) - model_.Decode(code - unit, 2, 0)) / (2 * kStep);
  }
  const ReferenceChain chain(model_, {.seed = 4, .noise_stddev = kNoise});
  MatrixD outputs(kChains, kInputs);
  for (int i = 0; i < kChains; ++i) {
    outputs.row(i) = chain.Step(x_, i, 0).state.cast<double>().transpose();
  }
  const MatrixD factor = kNoise * decoder * gram_;
  ExpectCovariance(outputs, factor * factor.transpose(), 0.01);
}

// The reading of the step as noise in input space: f(x + tJᵀε) − f(x) − tJJᵀε falls as t².
TEST_F(SingleStepTest, IsToFirstOrderAStepInInputSpaceAlongTheTransposedJacobian) {
  const VectorD epsilon = RandomVectorD(kUnits, 14);
  const auto remainder = [&](double t) {
    const VectorD moved = x_.cast<double>() + t * jacobian_.transpose() * epsilon;
    return (model_.Forward(moved, 1, 2).back() - states_[2] - t * gram_ * epsilon).norm();
  };
  EXPECT_NEAR(remainder(0.02) / remainder(0.01), 4, 0.1);
}

}  // namespace
}  // namespace cae
