#include "trainer/baselines/rbm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/trainer/baselines/small_rbm.h"
#include "trainer/baselines/bernoulli.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

using testing::Bits;
using testing::JointProbabilities;
using testing::kSmallHidden;
using testing::kSmallVisible;
using testing::SmallRbm;

// All states of so many units, one a row.
Matrix AllStates(Index units) {
  Matrix states(1 << units, units);
  for (int i = 0; i < states.rows(); ++i) {
    states.row(i) = Bits(i, units).cast<float>().transpose();
  }
  return states;
}

TEST(RbmTest, ConditionalMeansAreThoseOfTheEnumeratedDistribution) {
  const Rbm rbm = SmallRbm(11);
  const MatrixD joint = JointProbabilities(rbm);
  ThreadPool pool(2);
  const Matrix visible = AllStates(kSmallVisible), hidden = AllStates(kSmallHidden);
  const Matrix hidden_means = EncodeRows(rbm.hidden, visible, pool);
  const Matrix visible_means = VisibleMeans(rbm, hidden, pool);
  for (Index v = 0; v < joint.rows(); ++v) {
    const VectorD expected =
        (joint.row(v) * hidden.cast<double>()).transpose() / joint.row(v).sum();
    EXPECT_LT((hidden_means.row(v).transpose().cast<double>() - expected).norm(), 1e-6) << v;
  }
  for (Index h = 0; h < joint.cols(); ++h) {
    const VectorD expected =
        (joint.col(h).transpose() * visible.cast<double>()).transpose() / joint.col(h).sum();
    EXPECT_LT((visible_means.row(h).transpose().cast<double>() - expected).norm(), 1e-6) << h;
  }
}

TEST(RbmTest, FreeEnergyDifferencesAreLogRatiosOfMarginalProbabilities) {
  const Rbm rbm = SmallRbm(12);
  const VectorD marginal = JointProbabilities(rbm).rowwise().sum();
  ThreadPool pool(2);
  const VectorD energies = FreeEnergies(rbm, AllStates(kSmallVisible), pool);
  for (Index v = 1; v < energies.size(); ++v) {
    EXPECT_NEAR(energies[v] - energies[0], std::log(marginal[0] / marginal[v]), 1e-5) << v;
  }
}

TEST(DrawBernoulliTest, CertainMeansAreCertainAndOthersComeWithTheirFrequency) {
  constexpr int kDraws = 20'000;
  const std::vector<float> means = {0, 1, 0.1f, 0.5f, 0.73f, 0, 1};
  std::vector<double> counts(means.size());
  for (int i = 0; i < kDraws; ++i) {
    std::vector<float> draws(means.size());
    DrawBernoulli(5, {3, static_cast<std::uint64_t>(i)}, 0, means, absl::MakeSpan(draws));
    for (std::size_t j = 0; j < draws.size(); ++j) counts[j] += draws[j];
  }
  for (std::size_t j = 0; j < means.size(); ++j) {
    // Five standard errors; none for certain means.
    EXPECT_NEAR(counts[j] / kDraws, means[j], 5 * std::sqrt(means[j] * (1 - means[j]) / kDraws))
        << j;
  }
}

TEST(DrawBernoulliTest, PiecesGiveTheDrawsOfTheWhole) {
  const std::vector<float> means(37, 0.5f);
  std::vector<float> whole(means.size()), parts(means.size());
  DrawBernoulli(1, {7, 9}, 0, means, absl::MakeSpan(whole));
  const auto all = absl::MakeConstSpan(means);
  DrawBernoulli(1, {7, 9}, 0, all.subspan(0, 16), absl::MakeSpan(parts).subspan(0, 16));
  DrawBernoulli(1, {7, 9}, 16 / kDrawsPerBlock, all.subspan(16), absl::MakeSpan(parts).subspan(16));
  EXPECT_EQ(whole, parts);
}

}  // namespace
}  // namespace cae
