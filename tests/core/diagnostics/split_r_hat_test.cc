#include "core/diagnostics/split_r_hat.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/diagnostics/known_series.h"

namespace cae::testing {
namespace {

Moments PartOf(const std::vector<double>& numbers) { return TwoPassMoments(numbers); }

TEST(SplitRHatTest, IsTheFormulaOfGelmanForEqualParts) {
  // Means 2 and 5, variances 1 and 4, n = 3: W = 2.5, B = 3 · 4.5.
  const Moments parts[] = {PartOf({1, 2, 3}), PartOf({3, 5, 7})};
  const double pooled = 2.5 * 2 / 3 + 4.5;
  EXPECT_DOUBLE_EQ(*SplitRHat(parts), std::sqrt(pooled / 2.5));
}

TEST(SplitRHatTest, AgreesWithTheNaiveFormulaOverChains) {
  constexpr Index kHalf = 500;
  std::vector<Moments> parts;
  std::vector<double> means;
  double within = 0;
  for (std::uint64_t chain = 0; chain < 4; ++chain) {
    const auto numbers = AutoregressiveSeries(2 * kHalf, 0.9, 10 + chain);
    for (const Moments& half : Batched(numbers).Halves()) parts.push_back(half);
    for (const auto at : {numbers.begin(), numbers.begin() + kHalf}) {
      const Moments half = TwoPassMoments({at, at + kHalf});
      means.push_back(half.mean);
      within += half.Variance() / 8;
    }
  }
  const double between = kHalf * TwoPassMoments(means).Variance();
  const double pooled = (kHalf - 1.0) / kHalf * within + between / kHalf;
  // 1000 numbers have batches of 16, so that one half has 496 of them.
  EXPECT_NEAR(*SplitRHat(parts), std::sqrt(pooled / within), 2e-3);
}

TEST(SplitRHatTest, IsNearOneForChainsThatAgreeAndLargeForThoseThatDoNot) {
  std::vector<Moments> same;
  std::vector<Moments> apart;
  for (std::uint64_t chain = 0; chain < 4; ++chain) {
    const auto mean = static_cast<double>(chain);
    for (const Moments& half : Batched(AutoregressiveSeries(10'000, 0, chain)).Halves()) {
      same.push_back(half);
    }
    for (const Moments& half : Batched(AutoregressiveSeries(10'000, 0, chain, mean)).Halves()) {
      apart.push_back(half);
    }
  }
  EXPECT_NEAR(*SplitRHat(same), 1, 1e-3);
  // The means 0, 0, 1, 1, 2, 2, 3, 3 have the variance 10/7.
  EXPECT_NEAR(*SplitRHat(apart), std::sqrt(1 + 10.0 / 7), 0.02);
}

TEST(SplitRHatTest, SeesAChainThatDrifts) {
  std::vector<double> numbers = AutoregressiveSeries(1000, 0, 5);
  for (std::size_t t = 0; t < numbers.size(); ++t) numbers[t] += 0.01 * static_cast<double>(t);
  EXPECT_GT(*SplitRHat(Batched(numbers).Halves()), 1.5);
}

TEST(SplitRHatTest, KnowsNothingOfTooFewOrConstantNumbers) {
  EXPECT_EQ(SplitRHat({}), std::nullopt);
  const Moments one = PartOf({1, 2});
  EXPECT_EQ(SplitRHat(absl::MakeConstSpan(&one, 1)), std::nullopt);
  const Moments short_part[] = {PartOf({1, 2}), PartOf({1})};
  EXPECT_EQ(SplitRHat(short_part), std::nullopt);
  const Moments constant[] = {PartOf({1, 1}), PartOf({2, 2})};
  EXPECT_EQ(SplitRHat(constant), std::nullopt);
}

}  // namespace
}  // namespace cae::testing
