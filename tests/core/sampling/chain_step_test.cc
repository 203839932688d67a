// One transition for every shape, activation, process and rank, against the formula with a Jacobian
// by finite differences.
#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/math/normal.h"
#include "core/sampling/reference_chain.h"
#include "tests/testing/central_differences.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

using testing::CentralDifferences;
using testing::RandomModelParameters;
using testing::RandomVector;
using testing::Weights;

constexpr std::uint64_t kSeed = 99, kChain = 5, kStep = 7;
constexpr double kNoise = 2;

using Sizes = std::vector<Index>;
using Parameters = std::tuple<Sizes, Activation, Weights, SampleProcess>;

class ChainStepTest : public ::testing::TestWithParam<Parameters> {
 protected:
  const Sizes sizes_ = std::get<0>(GetParam());
  const SampleProcess process_ = std::get<3>(GetParam());
  const ReferenceAutoencoder model_{
      RandomModelParameters(sizes_, {std::get<1>(GetParam())}, std::get<2>(GetParam()), 6)};
  const int top_ = model_.layers();
  const int first_ = process_ == SampleProcess::kTopLayer ? top_ : 1;
  const Vector state_ = RandomVector(sizes_[first_ - 1], 2, 0, 1);
  const MatrixD jacobian_ = CentralDifferences(
      [this](const VectorD& x) { return model_.Forward(x, first_, top_).back(); },
      state_.cast<double>());
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd_{jacobian_,
                                               Eigen::ComputeThinU | Eigen::ComputeThinV};
  const VectorD noise_ = kNoise * StandardNormals(kSeed, {kChain, kStep}, sizes_.back());

  ReferenceChain::Transition Step(Index rank) const {
    const ReferenceChain chain(
        model_, {.seed = kSeed, .noise_stddev = kNoise, .rank = rank, .process = process_});
    return chain.Step(state_, kChain, kStep);
  }

  /// Rounding to float is 6e-8 of a value, the differences' error 1e-9 of the Jacobian.
  void ExpectTransition(const ReferenceChain::Transition& actual, const VectorD& move) const {
    const VectorD code = model_.Forward(state_.cast<double>(), first_, top_).back() + move;
    const VectorD next = model_.Decode(code, top_, first_ - 1);
    EXPECT_LT((actual.code.cast<double>() - code).norm(), 1e-6 * (1 + code.norm()));
    EXPECT_LT((actual.state.cast<double>() - next).norm(), 1e-6 * (1 + next.norm()));
  }

  /// Singular values beyond the errors of the differences. A ReLU may have turned units off.
  Index Rank() const {
    return (svd_.singularValues().array() > 1e-6 * svd_.singularValues()[0]).count();
  }
};

TEST_P(ChainStepTest, IsTheFormulaWithTheWholeJacobian) {
  ExpectTransition(Step(0), jacobian_ * (jacobian_.transpose() * noise_));
}

TEST_P(ChainStepTest, RankKIsTheFormulaWithTheLeadingDirections) {
  for (Index k = 1; k <= Rank(); ++k) {
    const auto u = svd_.matrixU().leftCols(k);
    const auto squares = svd_.singularValues().head(k).cwiseAbs2();
    ExpectTransition(Step(k), u * squares.asDiagonal() * (u.transpose() * noise_));
  }
}

// In double the two agree to 1e-14 or so; what is compared has been rounded to float.
TEST_P(ChainStepTest, TheRankOfTheJacobianReproducesTheWholeProcess) {
  const Index rank = std::max<Index>(1, Rank());  // 0, all units off, would mean the whole Jacobian
  const auto whole = Step(0), ranked = Step(rank);
  EXPECT_LT((ranked.code - whole.code).norm(), 1e-6 * (1 + whole.code.norm()));
  EXPECT_LT((ranked.state - whole.state).norm(), 1e-6 * (1 + whole.state.norm()));
  if (rank == 1) return;
  // And rank 1 does not.
  EXPECT_GT((Step(1).code - whole.code).norm(), 1e-4);
}

std::string ParametersName(const ::testing::TestParamInfo<Parameters>& info) {
  const auto& [sizes, activation, weights, process] = info.param;
  std::string name(ActivationName(activation));
  for (const Index units : sizes) absl::StrAppend(&name, "_", units);
  return absl::StrCat(name, weights == Weights::kTied ? "_tied" : "_untied",
                      process == SampleProcess::kComposed ? "_composed" : "_top");
}

INSTANTIATE_TEST_SUITE_P(
    Stacks, ChainStepTest,
    ::testing::Combine(::testing::Values(Sizes{8, 12}, Sizes{12, 8}, Sizes{7, 7}, Sizes{5, 1},
                                         Sizes{9, 15, 6}, Sizes{6, 9, 15}, Sizes{8, 8, 8},
                                         Sizes{9, 4, 7}, Sizes{7, 5, 9, 6}),
                       ::testing::Values(Activation::kLogistic, Activation::kTanh,
                                         Activation::kRelu, Activation::kIdentity),
                       ::testing::Values(Weights::kTied, Weights::kUntied),
                       ::testing::Values(SampleProcess::kComposed, SampleProcess::kTopLayer)),
    ParametersName);

}  // namespace
}  // namespace cae
