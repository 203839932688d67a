#include "trainer/evaluation/mixing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "trainer/base/random_stream.h"

namespace cae {
namespace {

using ::testing::ElementsAre;

// Two chains of six states among four classes.
const std::vector<std::uint8_t> kStates = {0, 0, 1, 1, 1, 2,  //
                                           3, 3, 3, 3, 3, 3};
const std::vector<std::uint8_t> kRecognised = {1, 1, 0, 0, 0, 1,  //
                                               1, 1, 1, 1, 1, 1};
ChainClasses Example() { return {2, 6, 4, kStates, kRecognised}; }

TEST(MixingTest, CountsDistinctClassesInWindowsWithoutOverlap) {
  const VisitedClasses three = CountVisitedClasses(Example(), 3);  // {0,1} {1,2} {3} {3}
  EXPECT_DOUBLE_EQ(three.mean, 6.0 / 4);
  EXPECT_THAT(three.shares, ElementsAre(0, 0.5, 0.5, 0, 0));
  EXPECT_DOUBLE_EQ(three.recognised_mean, 4.0 / 4);  // {0} {2} {3} {3}
  // A window of four: the last two states of each chain are left out.
  EXPECT_DOUBLE_EQ(CountVisitedClasses(Example(), 4).mean, 3.0 / 2);
  EXPECT_EQ(CountVisitedClasses(Example(), 7).mean, 0);
}

TEST(MixingTest, DwellIsStatesAVisit) { EXPECT_DOUBLE_EQ(MeanDwell(Example()), 12.0 / 4); }

TEST(MixingTest, TransitionsAreSharesWithinChains) {
  const Mixing mixing = MeasureMixing(Example(), MatrixD::Zero(12, 0));
  MatrixD expected = MatrixD::Zero(4, 4);
  expected(0, 0) = expected(0, 1) = 0.5;
  expected(1, 1) = 2.0 / 3;
  expected(1, 2) = 1.0 / 3;
  expected(3, 3) = 1;  // class 2 ends its chain: nothing follows, the next chain least of all
  EXPECT_TRUE(mixing.transitions.isApprox(expected));
}

TEST(MixingTest, ChainsStuckInClassesOfTheirOwnHaveALargeRHat) {
  const std::vector<std::uint8_t> states = {0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2};
  const std::vector<std::uint8_t> recognised(16, 1);
  const Mixing stuck = MeasureMixing({2, 8, 3, states, recognised}, MatrixD::Zero(16, 0));
  // The means of the four halves have the variance 1/3.
  ASSERT_TRUE(stuck.worst_r_hat.has_value());
  EXPECT_DOUBLE_EQ(*stuck.worst_r_hat, std::sqrt(1 + 16.0 / 3));
  // One class for all is no disagreement.
  const std::vector<std::uint8_t> same(16, 1);
  EXPECT_FALSE(
      MeasureMixing({2, 8, 3, same, recognised}, MatrixD::Zero(16, 0)).worst_r_hat.has_value());
}

// A chain that keeps its class with probability ½ and else draws one of two anew: the indicator is
// AR(1)-like with coefficient ½, so the effective sample size is a third of the states.
TEST(MixingTest, EffectiveSampleSizeOfATwoStateChainIsTheClosedForm) {
  constexpr Index kChains = 5, kSteps = 20000;
  std::vector<std::uint8_t> states;
  RandomStream random(1, RandomUse::kGradientCheck, 7);
  for (Index c = 0; c < kChains; ++c) {
    std::uint8_t state = 0;
    for (Index t = 0; t < kSteps; ++t) {
      if (random.Uniform() < 0.5) state = static_cast<std::uint8_t>(random.Below(2));
      states.push_back(state);
    }
  }
  const std::vector<std::uint8_t> recognised(states.size(), 1);
  MatrixD projections(states.size(), 1);
  for (std::size_t i = 0; i < states.size(); ++i) projections(i, 0) = 3.0 - 2.0 * states[i];
  const Mixing mixing = MeasureMixing({kChains, kSteps, 3, states, recognised}, projections);
  const double expected = kChains * kSteps / 3.0;
  EXPECT_NEAR(*mixing.class_indicators[0].effective_sample_size, expected, 0.2 * expected);
  EXPECT_NEAR(*mixing.principal_components[0].effective_sample_size, expected, 0.2 * expected);
  EXPECT_NEAR(*mixing.class_indicators[1].split_r_hat, 1, 0.005);
  EXPECT_FALSE(mixing.class_indicators[2].split_r_hat.has_value());  // never came
  EXPECT_NEAR(*mixing.worst_r_hat, 1, 0.005);
  EXPECT_NEAR(*mixing.smallest_sample_size, expected, 0.2 * expected);
}

TEST(MixingTest, ChainsThatStayApartHaveALargeRHat) {
  std::vector<std::uint8_t> states;
  for (int t = 0; t < 400; ++t) states.push_back(t % 10 == 0 ? 1 : 0);
  for (int t = 0; t < 400; ++t) states.push_back(t % 10 == 0 ? 0 : 1);
  const std::vector<std::uint8_t> recognised(states.size(), 1);
  const Mixing mixing = MeasureMixing({2, 400, 2, states, recognised}, MatrixD::Zero(800, 0));
  EXPECT_GT(*mixing.worst_r_hat, 1.5);
}

}  // namespace
}  // namespace cae
