#include "trainer/baselines/rbm_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "tests/trainer/baselines/small_rbm.h"
#include "trainer/criteria/gradient_recorder.h"
#include "trainer/optimiser/sgd.h"

namespace cae {
namespace {

using testing::Bits;
using testing::JointProbabilities;
using testing::RandomMatrix;
using testing::SmallRbm;
using testing::Weight;

constexpr Index kVisible = testing::kSmallVisible, kHidden = testing::kSmallHidden;

struct Gradient {
  MatrixD weight = MatrixD::Zero(kHidden, kVisible);
  VectorD hidden_bias = VectorD::Zero(kHidden), visible_bias = VectorD::Zero(kVisible);

  double norm() const {
    return std::sqrt(weight.squaredNorm() + hidden_bias.squaredNorm() + visible_bias.squaredNorm());
  }
  double DistanceTo(const Gradient& other) const {
    return Gradient{weight - other.weight, hidden_bias - other.hidden_bias,
                    visible_bias - other.visible_bias}
        .norm();
  }
};

// Rows as binary states: the mean log-likelihood is defined for these alone.
Matrix SmallData(Index rows) { return RandomMatrix(rows, kVisible, 77, 0, 1).array().round(); }

// Σ_rows log p(v) / rows, enumerated.
double LogLikelihood(const Rbm& rbm, const Matrix& data) {
  const VectorD marginal = JointProbabilities(rbm).rowwise().sum();
  double sum = 0;
  for (Index i = 0; i < data.rows(); ++i) {
    int state = 0;
    for (Index j = 0; j < kVisible; ++j) state |= static_cast<int>(data(i, j)) << j;
    sum += std::log(marginal[state]);
  }
  return sum / static_cast<double>(data.rows());
}

// E[h vᵀ], E[h], E[v] under weights of (v, h).
void AddMoments(double probability, const VectorD& v, const VectorD& h, Gradient& moments) {
  moments.weight += probability * h * v.transpose();
  moments.hidden_bias += probability * h;
  moments.visible_bias += probability * v;
}

// The gradient of LogLikelihood, enumerated; with the offsets of the centred form.
Gradient ExactGradient(const Rbm& rbm, const Matrix& data, const VectorD& mu,
                       const VectorD& lambda) {
  Gradient moments;
  const MatrixD joint = JointProbabilities(rbm);
  for (int v = 0; v < joint.rows(); ++v) {
    for (int h = 0; h < joint.cols(); ++h) {
      AddMoments(-joint(v, h), Bits(v, kVisible), Bits(h, kHidden), moments);
    }
  }
  for (Index i = 0; i < data.rows(); ++i) {
    const VectorD v = data.row(i).transpose().cast<double>();
    double all = 0;
    for (int h = 0; h < joint.cols(); ++h) all += Weight(rbm, v, Bits(h, kHidden));
    for (int h = 0; h < joint.cols(); ++h) {
      AddMoments(Weight(rbm, v, Bits(h, kHidden)) / all / static_cast<double>(data.rows()), v,
                 Bits(h, kHidden), moments);
    }
  }
  moments.weight -=
      moments.hidden_bias * mu.transpose() + lambda * moments.visible_bias.transpose();
  moments.visible_bias -= moments.weight.transpose() * lambda;
  moments.hidden_bias -= moments.weight * mu;
  return moments;
}

// Long chains: the mean over many steps that change nothing.
Gradient EstimatedGradient(Rbm rbm, const Matrix& data, const Vector& mean,
                           const RbmStepOptions& options, int burn_in, int steps) {
  ThreadPool pool(2);
  GradientRecorder recorder;
  RbmStep step(rbm, mean, options, data.rows(), recorder, pool);
  std::vector<Index> rows(data.rows());
  std::iota(rows.begin(), rows.end(), Index{0});
  Gradient sum;
  for (int i = 0; i < burn_in + steps; ++i) {
    step.Ascend(data, rows, 0.1);
    if (i < burn_in) continue;
    // The recorder has the gradient of what is descended.
    const Vector weight = -recorder.gradient(0);
    sum.weight += ConstMatrixView(weight.data(), kHidden, kVisible).cast<double>() / steps;
    sum.hidden_bias -= recorder.gradient(1).cast<double>() / steps;
    sum.visible_bias -= recorder.gradient(2).cast<double>() / steps;
  }
  return sum;
}

TEST(RbmStepTest, TheEnumeratedGradientIsThatOfTheEnumeratedLikelihood) {
  Rbm rbm = SmallRbm(21);
  const Matrix data = SmallData(16);
  const Gradient gradient =
      ExactGradient(rbm, data, VectorD::Zero(kVisible), VectorD::Zero(kHidden));
  const float step = 1e-2f;
  const auto difference = [&](float& parameter) {
    const float before = parameter;
    parameter = before + step;
    const double above = LogLikelihood(rbm, data);
    parameter = before - step;
    const double below = LogLikelihood(rbm, data);
    parameter = before;
    return (above - below) / (2 * double{step});
  };
  for (Index j = 0; j < kHidden; ++j) {
    EXPECT_NEAR(difference(rbm.hidden.bias[j]), gradient.hidden_bias[j], 2e-5);
    for (Index i = 0; i < kVisible; ++i) {
      EXPECT_NEAR(difference(rbm.hidden.weight(j, i)), gradient.weight(j, i), 2e-5);
    }
  }
  for (Index i = 0; i < kVisible; ++i) {
    EXPECT_NEAR(difference(rbm.visible_bias[i]), gradient.visible_bias[i], 2e-5);
  }
}

TEST(RbmStepTest, LongPersistentChainsGiveTheExactGradient) {
  const Rbm rbm = SmallRbm(22);
  const Matrix data = SmallData(40);
  const Vector mean = data.colwise().mean().transpose();
  RbmStepOptions options;
  options.centred = false;
  options.chains = 1000;
  const Gradient exact = ExactGradient(rbm, data, VectorD::Zero(kVisible), VectorD::Zero(kHidden));
  // 300,000 states; their standard error is a fraction of a percent of the norm.
  const Gradient estimate = EstimatedGradient(rbm, data, mean, options, 50, 300);
  EXPECT_LT(estimate.DistanceTo(exact), 0.015 * exact.norm());
}

TEST(RbmStepTest, LongContrastiveDivergenceGivesTheExactGradientAndAShortOneIsBiased) {
  const Rbm rbm = SmallRbm(23);
  const Matrix data = SmallData(500);
  const Vector mean = data.colwise().mean().transpose();
  RbmStepOptions options;
  options.centred = false;
  options.persistent = false;
  const Gradient exact = ExactGradient(rbm, data, VectorD::Zero(kVisible), VectorD::Zero(kHidden));
  options.gibbs_steps = 40;
  EXPECT_LT(EstimatedGradient(rbm, data, mean, options, 0, 300).DistanceTo(exact),
            0.02 * exact.norm());
  options.gibbs_steps = 1;
  EXPECT_GT(EstimatedGradient(rbm, data, mean, options, 0, 300).DistanceTo(exact),
            0.1 * exact.norm());
}

TEST(RbmStepTest, TheCentredGradientIsTheExactOneInCentredCoordinates) {
  const Rbm rbm = SmallRbm(24);
  const Matrix data = SmallData(40);
  const Vector mean = data.colwise().mean().transpose();
  RbmStepOptions options;
  options.chains = 1000;
  // After so many steps λ has moved from 1/2 to the means of the hidden units (0.99^800 = 3e-4).
  const Gradient estimate = EstimatedGradient(rbm, data, mean, options, 800, 300);
  Matrix hidden = data * rbm.hidden.weight.transpose();
  hidden.rowwise() += rbm.hidden.bias.transpose();
  const VectorD lambda =
      (1 / (1 + (-hidden.array().cast<double>()).exp())).matrix().colwise().mean().transpose();
  const Gradient exact = ExactGradient(rbm, data, mean.cast<double>(), lambda);
  EXPECT_LT(estimate.DistanceTo(exact), 0.015 * exact.norm());
}

TEST(RbmStepTest, BinaryInputsAreDrawnByTheMeansThatTheRowsAre) {
  const Rbm rbm = SmallRbm(25);
  const Matrix grey = Matrix::Constant(300, kVisible, 0.5f);
  RbmStepOptions options;
  options.centred = false;
  options.chains = 1000;
  // Such rows stand for all binary rows alike.
  Matrix binary(1 << kVisible, kVisible);
  for (int v = 0; v < binary.rows(); ++v) {
    binary.row(v) = Bits(v, kVisible).cast<float>().transpose();
  }
  const Gradient exact =
      ExactGradient(rbm, binary, VectorD::Zero(kVisible), VectorD::Zero(kHidden));
  const Vector mean = Vector::Constant(kVisible, 0.5f);
  EXPECT_GT(EstimatedGradient(rbm, grey, mean, options, 50, 200).DistanceTo(exact),
            0.1 * exact.norm());
  options.binary_inputs = true;
  EXPECT_LT(EstimatedGradient(rbm, grey, mean, options, 50, 200).DistanceTo(exact),
            0.03 * exact.norm());
}

TEST(RbmStepTest, SparsityPullsMeansToTheTargetAndWeightDecayWeightsToZero) {
  const Matrix data = SmallData(60);
  const Vector mean = data.colwise().mean().transpose();
  std::vector<Index> rows(data.rows());
  std::iota(rows.begin(), rows.end(), Index{0});
  ThreadPool pool(1);
  const auto train = [&](const RbmStepOptions& options) {
    Rbm rbm = SmallRbm(26);
    Sgd optimiser({0.5, false});
    RbmStep step(rbm, mean, options, data.rows(), optimiser, pool);
    for (int i = 0; i < 1500; ++i) step.Ascend(data, rows, 0.05);
    return rbm;
  };
  const auto hidden_mean = [&](const Rbm& rbm) {
    Matrix sums = data * rbm.hidden.weight.transpose();
    sums.rowwise() += rbm.hidden.bias.transpose();
    return (1 / (1 + (-sums.array()).exp())).mean();
  };
  const RbmStepOptions plain;
  RbmStepOptions sparse = plain, decayed = plain;
  sparse.sparsity_cost = 2;
  sparse.sparsity_target = 0.1;
  decayed.weight_decay = 0.3;
  const Rbm rbm = train(plain);
  EXPECT_GT(hidden_mean(rbm), 0.2);
  EXPECT_NEAR(hidden_mean(train(sparse)), 0.1, 0.05);
  EXPECT_LT(train(decayed).hidden.weight.norm(), 0.5 * rbm.hidden.weight.norm());
}

}  // namespace
}  // namespace cae
