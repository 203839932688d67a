#include "core/diagnostics/effective_sample_size.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/diagnostics/known_series.h"

namespace cae::testing {
namespace {

std::vector<BatchedMoments> Chains(int count, Index size, double rho, double apart = 0) {
  std::vector<BatchedMoments> chains;
  for (int chain = 0; chain < count; ++chain) {
    chains.push_back(Batched(AutoregressiveSeries(size, rho, 100 + chain, apart * chain)));
  }
  return chains;
}

struct Process {
  double rho;
  Index size;
};

class AutoregressiveEssTest : public ::testing::TestWithParam<Process> {};

// ESS = n (1 − ρ)/(1 + ρ). Eight chains of about 48 batches: a standard error of √(2/384) = 7%.
TEST_P(AutoregressiveEssTest, IsThatOfTheProcess) {
  const auto [rho, size] = GetParam();
  const double expected = 8.0 * static_cast<double>(size) * (1 - rho) / (1 + rho);
  const auto estimate = EffectiveSampleSize(Chains(8, size, rho));
  ASSERT_TRUE(estimate.has_value());
  EXPECT_NEAR(*estimate, expected, 0.2 * expected);
}

INSTANTIATE_TEST_SUITE_P(Processes, AutoregressiveEssTest,
                         ::testing::Values(Process{0, 1000}, Process{0, 100'000},
                                           Process{0.5, 10'000}, Process{0.9, 100'000},
                                           Process{0.98, 200'000}, Process{-0.5, 10'000}),
                         [](const auto& process) {
                           return "Case" + std::to_string(process.index);
                         });

TEST(EffectiveSampleSizeTest, AgreesWithTheNaiveFormula) {
  const auto numbers = AutoregressiveSeries(5000, 0.7, 1);
  // √5000 = 70 and the batches kept have 128: 39 of them.
  std::vector<double> means;
  for (std::size_t k = 0; k < 39; ++k) {
    const auto at = numbers.begin() + static_cast<std::ptrdiff_t>(128 * k);
    means.push_back(TwoPassMoments({at, at + 128}).mean);
  }
  const double expected =
      5000 * TwoPassMoments(numbers).Variance() / (128 * TwoPassMoments(means).Variance());
  const std::vector<BatchedMoments> chains = {Batched(numbers)};
  EXPECT_NEAR(*EffectiveSampleSize(chains), expected, 1e-9 * expected);
}

TEST(EffectiveSampleSizeTest, ChainsThatStayApartCountLittle) {
  EXPECT_GT(*EffectiveSampleSize(Chains(4, 10'000, 0.0)), 30'000);
  // Four places, 5 standard deviations from one another: hardly more is known than four numbers.
  EXPECT_LT(*EffectiveSampleSize(Chains(4, 10'000, 0.0, 5)), 1000);
}

TEST(EffectiveSampleSizeTest, NeedsFourBatchesAndSomethingThatVaries) {
  EXPECT_EQ(EffectiveSampleSize({}), std::nullopt);
  EXPECT_EQ(EffectiveSampleSize(Chains(3, 9, 0.0)), std::nullopt);  // three batches of three
  EXPECT_TRUE(EffectiveSampleSize(Chains(3, 16, 0.0)).has_value());
  const std::vector<BatchedMoments> constant = {Batched(std::vector<double>(100, 2.5))};
  EXPECT_EQ(EffectiveSampleSize(constant), std::nullopt);
}

}  // namespace
}  // namespace cae::testing
