// The chain of a model without curvature against its closed form: mean, covariance and lag-1
// autocovariance. Seeds are fixed; every bound is five standard errors of the estimate, computed
// beside it, so a correct chain passes and a wrong factor or transpose does not.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <cmath>
#include <string>
#include <vector>

#include "core/sampling/chain_stepper.h"
#include "core/sampling/reference_chain.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

using testing::RandomModelParameters;
using testing::RandomVector;
using testing::Weights;

constexpr double kErrors = 5;
constexpr double kNoise = 0.8;
constexpr double kLargestFactor = 0.8;  // ‖A‖₂: stationary, and remembers a few steps

double SpectralNorm(const MatrixD& matrix) {
  return Eigen::JacobiSVD<Eigen::MatrixXd>(matrix).singularValues()[0];
}

struct Stack {
  std::string name;
  std::vector<Index> sizes;
  Weights weights;
  SampleProcess process;
};

/// Identity activations make a step of the layers m to L linear: with W = W_L ⋯ W_m, c the code of
/// the state 0, V = V_m ⋯ V_L and b the decoded code 0,
///   x′ = A x + V c + b + V W Wᵀ ε,  A = V W:
/// a vector autoregression with the innovations' covariance Q = σ² (V W Wᵀ)(V W Wᵀ)ᵀ.
class LinearChainTest : public ::testing::TestWithParam<Stack> {
 protected:
  static constexpr int kSteps = 60'000, kBurnIn = 100;
  static constexpr int kLags = 200;  // 0.8²⁰⁰ is nothing beside a rounding error

  LinearChainTest() {
    const int first = first_layer(), top = static_cast<int>(parameters_.layers.size());
    // Tied: all layers share the factor, A = WᵀW. Untied: the encoder takes the whole of it.
    const double factor = std::sqrt(kLargestFactor / SpectralNorm(Factor(Model())));
    const bool tied = GetParam().weights == Weights::kTied;
    const double per_layer = tied ? std::pow(factor, 1.0 / (top - first + 1))
                                  : std::pow(factor, 2.0 / (top - first + 1));
    for (int l = first; l <= top; ++l) {
      parameters_.layers[l - 1].encoder.weight *= static_cast<float>(per_layer);
    }
    const ReferenceAutoencoder model = Model();
    const VectorD zero = VectorD::Zero(model.stack()[first - 1].weight.cols());
    a_ = Factor(model);
    const VectorD shift = model.Decode(model.Forward(zero, first, top).back(), top, first - 1);
    mean_ = (MatrixD::Identity(a_.rows(), a_.rows()) - a_).inverse() * shift;
    const MatrixD w = Encoder(model);
    const MatrixD innovation = kNoise * Decoder(model) * w * w.transpose();
    innovations_ = innovation * innovation.transpose();
    covariance_ = MatrixD::Zero(a_.rows(), a_.rows());
    MatrixD propagated = innovation;
    for (int lag = 0; lag < kLags; ++lag, propagated = (a_ * propagated).eval()) {
      covariance_ += propagated * propagated.transpose();  // Σ = Σ_k A^k Q (Aᵀ)^k
    }
    autocovariances_ = {covariance_};
    for (int lag = 1; lag <= kLags; ++lag) {
      autocovariances_.push_back(a_ * autocovariances_.back());
    }
  }

  int first_layer() const {
    return GetParam().process == SampleProcess::kTopLayer
               ? static_cast<int>(parameters_.layers.size())
               : 1;
  }
  ReferenceAutoencoder Model() const { return ReferenceAutoencoder(parameters_); }

  MatrixD Encoder(const ReferenceAutoencoder& model) const {
    MatrixD w = model.stack()[first_layer() - 1].weight;
    for (int l = first_layer() + 1; l <= model.layers(); ++l) {
      w = (model.stack()[l - 1].weight * w).eval();
    }
    return w;
  }
  MatrixD Decoder(const ReferenceAutoencoder& model) const {
    MatrixD v = model.stack()[first_layer() - 1].decoder_weight;
    for (int l = first_layer() + 1; l <= model.layers(); ++l) {
      v = (v * model.stack()[l - 1].decoder_weight).eval();
    }
    return v;
  }
  MatrixD Factor(const ReferenceAutoencoder& model) const {
    return Decoder(model) * Encoder(model);
  }

  /// Row t is the deviation of state t from the stationary mean. `step(state, number)` makes a
  /// transition.
  template <typename Step>
  MatrixD Deviations(const Step& step) const {
    Vector state = mean_.cast<float>();
    MatrixD deviations(kSteps, a_.rows());
    for (int t = -kBurnIn; t < kSteps; ++t) {
      state = step(state, t + kBurnIn);
      if (t >= 0) deviations.row(t) = (state.cast<double>() - mean_).transpose();
    }
    return deviations;
  }

  /// Γ_ij(lag) = Cov(x_{t+lag, i}, x_{t, j}) = (A^lag Σ)_ij, and Γ(−lag) = Γ(lag)ᵀ.
  double Autocovariance(int lag, Index i, Index j) const {
    if (std::abs(lag) > kLags) return 0;
    return lag >= 0 ? autocovariances_[lag](i, j) : autocovariances_[-lag](j, i);
  }

  /// Variance of the mean of T states: (1/T) Σ_k Γ_ii(k).
  double VarianceOfMean(Index i) const {
    double sum = 0;
    for (int k = -kLags; k <= kLags; ++k) sum += Autocovariance(k, i, i);
    return sum / kSteps;
  }

  /// Bartlett: an estimate of Γ_ij(l) from T states of a Gaussian process has the variance
  /// (1/T) Σ_k Γ_ii(k) Γ_jj(k) + Γ_ij(k+l) Γ_ji(k−l).
  double VarianceOfAutocovariance(int lag, Index i, Index j) const {
    double sum = 0;
    for (int k = -kLags; k <= kLags; ++k) {
      sum += Autocovariance(k, i, i) * Autocovariance(k, j, j) +
             Autocovariance(k + lag, i, j) * Autocovariance(k - lag, j, i);
    }
    return sum / kSteps;
  }

  void ExpectAutocovariance(int lag, const MatrixD& deviations) const {
    const MatrixD later = deviations.bottomRows(kSteps - lag);
    const MatrixD estimate =
        later.transpose() * deviations.topRows(kSteps - lag) / static_cast<double>(kSteps - lag);
    for (Index i = 0; i < a_.rows(); ++i) {
      for (Index j = 0; j < a_.rows(); ++j) {
        EXPECT_NEAR(estimate(i, j), Autocovariance(lag, i, j),
                    kErrors * std::sqrt(VarianceOfAutocovariance(lag, i, j)))
            << "lag " << lag << " at " << i << ", " << j;
      }
    }
  }

  void ExpectClosedForm(const MatrixD& deviations) const {
    const VectorD mean = deviations.colwise().mean();
    for (Index i = 0; i < a_.rows(); ++i) {
      EXPECT_NEAR(mean[i], 0, kErrors * std::sqrt(VarianceOfMean(i))) << i;
    }
    ExpectAutocovariance(0, deviations);
    ExpectAutocovariance(1, deviations);
    // The bounds are sharp: far smaller than what is measured, and than what a lag more would
    // change.
    Index largest = 0;
    covariance_.diagonal().maxCoeff(&largest);
    const double bound = kErrors * std::sqrt(VarianceOfAutocovariance(1, largest, largest));
    EXPECT_LT(bound, 0.2 * Autocovariance(0, largest, largest));
    EXPECT_LT(bound,
              std::abs(Autocovariance(1, largest, largest) - Autocovariance(2, largest, largest)));
  }

  ModelParameters parameters_ =
      RandomModelParameters(GetParam().sizes, {Activation::kIdentity}, GetParam().weights, 11);
  MatrixD a_;
  VectorD mean_;                          ///< (I − A)⁻¹ (V c + b)
  MatrixD innovations_;                   ///< Q
  MatrixD covariance_;                    ///< Σ
  std::vector<MatrixD> autocovariances_;  ///< [lag]: A^lag Σ
};

TEST_P(LinearChainTest, HasTheMeanCovarianceAndAutocovarianceOfTheClosedForm) {
  const ReferenceAutoencoder model = Model();
  const ReferenceChain chain(
      model, {.seed = 20120626, .noise_stddev = kNoise, .process = GetParam().process});
  ExpectClosedForm(Deviations(
      [&](const Vector& state, std::uint64_t step) { return chain.Step(state, 1, step).state; }));
}

TEST_P(LinearChainTest, InFloatHasTheMeanCovarianceAndAutocovarianceOfTheClosedForm) {
  const auto model = *Autoencoder::Create(parameters_);
  const ChainStepper stepper(*model, GetParam().process);
  Workspace workspace;
  Matrix row(1, stepper.state_units()), code(1, stepper.code_units());
  ExpectClosedForm(Deviations([&](const Vector& state, std::uint64_t step) -> Vector {
    row = state.transpose();
    EXPECT_TRUE(stepper
                    .Step({{.seed = 20120627, .chain = 1, .step = step, .noise_stddev = kNoise}}, 0,
                          row, code, workspace, NeverYield)
                    .ok());
    return row.transpose();
  }));
}

// The covariance that the tests above hold the chain to, with V = Wᵀ: σ² A³ (I − A²)⁻¹ with A = WᵀW
// of the composed W.
TEST_P(LinearChainTest, CovarianceOfATiedChainHasTheClosedForm) {
  if (GetParam().weights != Weights::kTied) GTEST_SKIP() << "it has no closed form";
  const MatrixD identity = MatrixD::Identity(a_.rows(), a_.rows());
  const MatrixD expected = kNoise * kNoise * a_ * a_ * a_ * (identity - a_ * a_).inverse();
  EXPECT_LT((covariance_ - expected).norm(), 1e-12 * expected.norm());
}

TEST_P(LinearChainTest, ForgetsItsStartAtTheRateOfTheClosedForm) {
  const ReferenceAutoencoder model = Model();
  const ReferenceChain chain(model, {.seed = 1, .noise_stddev = 0, .process = GetParam().process});
  const Vector start = RandomVector(a_.rows(), 5, -2, 2);
  Vector state = start;
  VectorD expected = start.cast<double>() - mean_;
  for (int t = 0; t < 20; ++t) {
    state = chain.Step(state, 0, t).state;
    expected = (a_ * expected).eval();
    EXPECT_LT((state.cast<double>() - mean_ - expected).norm(), 1e-5) << t;
  }
}

constexpr auto kComposed = SampleProcess::kComposed;
constexpr auto kTopLayer = SampleProcess::kTopLayer;

std::string StackName(const ::testing::TestParamInfo<Stack>& stack) { return stack.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Tied, LinearChainTest,
    ::testing::Values(Stack{"Narrow", {3, 4}, Weights::kTied, kComposed},
                      Stack{"Wide", {4, 3}, Weights::kTied, kComposed},
                      Stack{"TwoLayers", {3, 5, 4}, Weights::kTied, kComposed},
                      Stack{"TwoLayersThroughABottleneck", {4, 2, 3}, Weights::kTied, kComposed},
                      Stack{"TopOfTwoLayers", {5, 3, 4}, Weights::kTied, kTopLayer},
                      Stack{"ThreeLayers", {3, 4, 5, 3}, Weights::kTied, kComposed}),
    StackName);

INSTANTIATE_TEST_SUITE_P(
    Untied, LinearChainTest,
    ::testing::Values(Stack{"OneLayer", {3, 4}, Weights::kUntied, kComposed},
                      Stack{"TwoLayers", {3, 5, 4}, Weights::kUntied, kComposed},
                      Stack{"TopOfTwoLayers", {5, 3, 4}, Weights::kUntied, kTopLayer}),
    StackName);

}  // namespace
}  // namespace cae
