// What one transition is, and what a state is determined by. The statistics of the chain are in
// linear_chain_test.cc and step_covariance_test.cc.
#include "core/sampling/reference_chain.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/math/normal.h"
#include "core/model/jacobian_operator.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using ::testing::Not;
using testing::RandomModelParameters;
using testing::RandomVector;
using testing::Weights;

constexpr std::uint64_t kSeed = 0x123456789abcdef;

ReferenceAutoencoder Model(const std::vector<Index>& sizes) {
  return ReferenceAutoencoder(
      RandomModelParameters(sizes, {Activation::kLogistic}, Weights::kTied, 3));
}

ChainParameters Parameters(double noise, Index rank = 0,
                           SampleProcess process = SampleProcess::kComposed) {
  return {.seed = kSeed, .noise_stddev = noise, .rank = rank, .process = process};
}

/// The states 1 to `steps` of a chain.
std::vector<Vector> RunChain(const ReferenceChain& chain, Vector state, std::uint64_t number,
                             int steps, int first_step = 0) {
  std::vector<Vector> states;
  for (int t = 0; t < steps; ++t) {
    state = chain.Step(state, number, first_step + t).state;
    states.push_back(state);
  }
  return states;
}

double Distance(const Vector& a, const VectorD& b) {
  return (a.cast<double>() - b).lpNorm<Eigen::Infinity>();
}

/// Half a unit in the last place of a float near 1, for states rounded once.
constexpr double kRounding = 6.1e-8;

TEST(ReferenceChainTest, StepOfOneLayerIsTheFormulaWrittenOut) {
  const ReferenceAutoencoder model = Model({12, 8});
  const ReferenceLayer& layer = model.stack()[0];
  const Vector x = RandomVector(12, 1, 0, 1);
  const double noise = 0.7;
  const auto logistic = [](double a) { return 1 / (1 + std::exp(-a)); };

  const VectorD h = (layer.weight * x.cast<double>() + layer.bias).unaryExpr(logistic);
  const VectorD d = h.array() * (1 - h.array());
  const MatrixD jacobian = d.asDiagonal() * layer.weight;
  const VectorD epsilon = noise * StandardNormals(kSeed, {5, 9}, 8);
  const VectorD code = h + jacobian * (jacobian.transpose() * epsilon);
  const VectorD next = (layer.weight.transpose() * code + layer.decoder_bias).unaryExpr(logistic);

  const auto transition = ReferenceChain(model, Parameters(noise)).Step(x, 5, 9);
  EXPECT_LT(Distance(transition.code, code), 4 * kRounding);
  EXPECT_LT(Distance(transition.state, next), kRounding);
}

TEST(ReferenceChainTest, StepOfTwoLayersUsesTheJacobianOfTheWholeStack) {
  const ReferenceAutoencoder model = Model({12, 20, 8});
  const Vector x = RandomVector(12, 1, 0, 1);
  const auto states = model.Forward(x.cast<double>(), 1, 2);
  const JacobianOperator jacobian(model, states, 1);
  const VectorD epsilon = 2 * StandardNormals(kSeed, {0, 3}, 8);
  const VectorD code = states[2] + jacobian.ToDense() * jacobian.ToDense().transpose() * epsilon;

  const ReferenceChain chain(model, Parameters(2));
  EXPECT_EQ(chain.state_units(), 12);
  const auto transition = chain.Step(x, 0, 3);
  EXPECT_LT(Distance(transition.code, code), 4 * kRounding);
  EXPECT_LT(Distance(transition.state, model.Decode(code, 2, 0)), kRounding);
  EXPECT_EQ(chain.InitialState(x), x);
  EXPECT_EQ(chain.Output(x), x);
}

TEST(ReferenceChainTest, TopLayerProcessStaysBelowTheTopAndIsDecodedForOutput) {
  const ReferenceAutoencoder model = Model({12, 20, 8});
  const Vector x = RandomVector(12, 1, 0, 1);
  const ReferenceChain chain(model, Parameters(1, 0, SampleProcess::kTopLayer));
  EXPECT_EQ(chain.state_units(), 20);
  const Vector start = chain.InitialState(x);
  EXPECT_LT(Distance(start, model.Forward(x.cast<double>(), 1, 1).back()), kRounding);

  const auto states = model.Forward(start.cast<double>(), 2, 2);
  const MatrixD jacobian = JacobianOperator(model, states, 2).ToDense();
  const VectorD code =
      states[1] + jacobian * jacobian.transpose() * StandardNormals(kSeed, {2, 0}, 8);
  const auto transition = chain.Step(start, 2, 0);
  EXPECT_LT(Distance(transition.code, code), 4 * kRounding);
  EXPECT_LT(Distance(transition.state, model.Decode(code, 2, 1)), kRounding);
  EXPECT_LT(Distance(chain.Output(start), model.Decode(start.cast<double>(), 1, 0)), kRounding);
}

TEST(ReferenceChainTest, WithOneLayerBothProcessesAreTheSameBitForBit) {
  const ReferenceAutoencoder model = Model({12, 8});
  const Vector x = RandomVector(12, 1, 0, 1);
  const ReferenceChain composed(model, Parameters(1));
  const ReferenceChain top(model, Parameters(1, 0, SampleProcess::kTopLayer));
  EXPECT_THAT(top.InitialState(x), HasBitsOf(composed.InitialState(x)));
  EXPECT_THAT(RunChain(top, x, 1, 20).back(), HasBitsOf(RunChain(composed, x, 1, 20).back()));
  EXPECT_THAT(top.Output(x), HasBitsOf(composed.Output(x)));
}

TEST(ReferenceChainTest, WithoutNoiseAStepIsTheReconstruction) {
  for (const Index rank : {0, 3}) {
    const ReferenceAutoencoder model = Model({12, 20, 8});
    const Vector x = RandomVector(12, 1, 0, 1);
    const VectorD code = model.Forward(x.cast<double>(), 1, 2).back();
    const auto transition = ReferenceChain(model, Parameters(0, rank)).Step(x, 0, 0);
    EXPECT_THAT(transition.code, HasBitsOf(Vector(code.cast<float>())));
    EXPECT_THAT(transition.state, HasBitsOf(Vector(model.Decode(code, 2, 0).cast<float>())));
  }
}

// In double the two agree to 1e-14 or so; what is compared has been rounded to float.
TEST(ReferenceChainTest, FullRankReproducesTheWholeJacobian) {
  for (const std::vector<Index>& sizes :
       {std::vector<Index>{12, 8}, std::vector<Index>{8, 12}, std::vector<Index>{9, 15, 6}}) {
    const ReferenceAutoencoder model = Model(sizes);
    const Index rank = std::min(sizes.front(), sizes.back());
    const ReferenceChain whole(model, Parameters(3)), ranked(model, Parameters(3, rank));
    Vector x = RandomVector(sizes.front(), 1, 0, 1);
    for (std::uint64_t step = 0; step < 10; ++step) {
      const auto a = whole.Step(x, 0, step), b = ranked.Step(x, 0, step);
      EXPECT_LT(Distance(b.code, a.code.cast<double>()), 1e-6);
      EXPECT_LT(Distance(b.state, a.state.cast<double>()), 1e-6);
      x = a.state;
    }
  }
}

TEST(ReferenceChainTest, RankedNoiseMovesTheCodeAlongTheLeadingDirectionsOnly) {
  const ReferenceAutoencoder model = Model({12, 8});
  const Vector x = RandomVector(12, 1, 0, 1);
  const auto states = model.Forward(x.cast<double>(), 1, 1);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      JacobianOperator(model, states, 1).ToDense() *
      JacobianOperator(model, states, 1).ToDense().transpose());
  const Eigen::MatrixXd leading = solver.eigenvectors().rightCols(3);
  const VectorD epsilon = 3 * StandardNormals(kSeed, {0, 0}, 8);
  const VectorD expected =
      leading * (solver.eigenvalues().tail(3).asDiagonal() * (leading.transpose() * epsilon));
  const VectorD moved =
      ReferenceChain(model, Parameters(3, 3)).Step(x, 0, 0).code.cast<double>() - states[1];
  EXPECT_LT((moved - expected).lpNorm<Eigen::Infinity>(), 4 * kRounding);
}

TEST(ReferenceChainTest, StoppedChainsCarryOnWithTheSameBits) {
  const ReferenceAutoencoder model = Model({12, 8});
  const Vector x = RandomVector(12, 1, 0, 1);
  const ReferenceChain chain(model, Parameters(1));
  const auto whole = RunChain(chain, x, 7, 30);
  const auto first = RunChain(chain, x, 7, 11);
  const ReferenceChain elsewhere(model, Parameters(1));
  const auto rest = RunChain(elsewhere, first.back(), 7, 19, 11);
  EXPECT_THAT(rest.back(), HasBitsOf(whole.back()));
  EXPECT_THAT(rest.front(), HasBitsOf(whole[11]));
}

TEST(ReferenceChainTest, SeedChainAndStepEachChangeTheStep) {
  const ReferenceAutoencoder model = Model({12, 8});
  const Vector x = RandomVector(12, 1, 0, 1);
  const ReferenceChain chain(model, Parameters(1));
  const Vector base = chain.Step(x, 3, 4).code;
  EXPECT_THAT(chain.Step(x, 3, 4).code, HasBitsOf(base));
  EXPECT_THAT(chain.Step(x, 4, 4).code, Not(HasBitsOf(base)));
  EXPECT_THAT(chain.Step(x, 3, 5).code, Not(HasBitsOf(base)));
  EXPECT_THAT(chain.Step(x, 4, 3).code, Not(HasBitsOf(base)));
  ChainParameters other = Parameters(1);
  ++other.seed;
  EXPECT_THAT(ReferenceChain(model, other).Step(x, 3, 4).code, Not(HasBitsOf(base)));
}

}  // namespace
}  // namespace cae
