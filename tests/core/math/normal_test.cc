#include "core/math/normal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/testing/same_bits.h"

namespace cae {
namespace {

using testing::HasBitsOf;

constexpr Index kMany = 200'000;

double NormalCdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// Values of an independent implementation in Python. Four units in the last place, since libm's
// logarithm and cosine may differ by one each from machine to machine.
TEST(StandardNormalsTest, HasTheValuesOfItsDefinition) {
  const struct {
    std::uint64_t seed;
    NoiseCounter at;
    std::vector<double> expected;
  } cases[] = {
      {0,
       {0, 0},
       {0.9911376799303855, -0.9246625876655352, -0.6176089594591907, -0.48206858748717946,
        -0.15363823029788248, 0.1808258977794412}},
      {20120626,
       {3, 17},
       {-0.6554621979321631, 0.5397426873083215, -0.6613396531751193, -0.7330126941686642,
        0.05181972669797017}},
      {0xfedcba9876543210,
       {0x123456789abc, 0xba9876543210},
       {-0.5876958631329201, 0.7141584441896538, 0.4888433743622092, 1.099222943071595,
        -0.4295601407107192}},
  };
  for (const auto& c : cases) {
    const auto size = static_cast<Index>(c.expected.size());
    const VectorD normals = StandardNormals(c.seed, c.at, size);
    for (Index i = 0; i < size; ++i) {
      EXPECT_NEAR(normals[i], c.expected[i], 1e-15) << "seed " << c.seed << ", element " << i;
      // As floats, which is how states travel, they are the same everywhere.
      EXPECT_EQ(static_cast<float>(normals[i]), static_cast<float>(c.expected[i]));
    }
  }
}

TEST(StandardNormalsTest, AreAFunctionOfTheirPlace) {
  EXPECT_THAT(StandardNormals(7, {1, 2}, 100), HasBitsOf(StandardNormals(7, {1, 2}, 100)));
}

TEST(StandardNormalsTest, ShorterVectorsArePrefixesOfLongerOnes) {
  const VectorD all = StandardNormals(7, {1, 2}, 1000);
  for (const Index size : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 500, 999}) {
    EXPECT_THAT(StandardNormals(7, {1, 2}, size), HasBitsOf(VectorD(all.head(size)))) << size;
  }
}

TEST(StandardNormalsTest, EverySeedChainAndStepHasItsOwn) {
  const VectorD base = StandardNormals(7, {1, 2}, 64);
  for (const VectorD& other :
       {StandardNormals(8, {1, 2}, 64), StandardNormals(7 + (1ull << 32), {1, 2}, 64),
        StandardNormals(7, {2, 2}, 64), StandardNormals(7, {1, 3}, 64),
        StandardNormals(7, {2, 1}, 64), StandardNormals(7, {1 + (1ull << 40), 2}, 64),
        StandardNormals(7, {1, 2 + (1ull << 40)}, 64)}) {
    for (Index i = 0; i < base.size(); ++i) EXPECT_NE(base[i], other[i]) << i;
  }
}

// The bounds are five standard deviations of each estimate, the seed is fixed: a correct generator
// passes always.
TEST(StandardNormalsTest, MomentsAreThoseOfTheNormalDistribution) {
  const VectorD x = StandardNormals(20120626, {0, 0}, kMany);
  const double n = kMany;
  EXPECT_NEAR(x.mean(), 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(x.array().square().mean(), 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(x.array().cube().mean(), 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(x.array().pow(4).mean(), 3, 5 * std::sqrt(96 / n));
  EXPECT_LT(x.cwiseAbs().maxCoeff(), 6.8);
}

TEST(StandardNormalsTest, NeighboursAndPairsAreUncorrelated) {
  const VectorD x = StandardNormals(20120626, {0, 1}, kMany);
  const VectorD next_step = StandardNormals(20120626, {0, 2}, kMany);
  const VectorD next_chain = StandardNormals(20120626, {1, 1}, kMany);
  const double bound = 5 / std::sqrt(static_cast<double>(kMany));
  EXPECT_NEAR(x.dot(next_step) / kMany, 0, bound);
  EXPECT_NEAR(x.dot(next_chain) / kMany, 0, bound);
  for (const Index lag : {1, 2, 3, 4}) {
    EXPECT_NEAR(x.head(kMany - lag).dot(x.tail(kMany - lag)) / kMany, 0, bound) << lag;
  }
  // Cosine and sine of one pair share a radius: their squares would show it were the radius wrong.
  double squares = 0;
  for (Index i = 0; i < kMany; i += 2) {
    squares += (x[i] * x[i] - 1) * (x[i + 1] * x[i + 1] - 1);
  }
  EXPECT_NEAR(squares / (kMany / 2), 0, 5 * 2 / std::sqrt(kMany / 2.0));
}

// Kolmogorov–Smirnov: sup |F_n − Φ| exceeds 1.95 / √n in one case of a thousand; the seed is fixed.
TEST(StandardNormalsTest, DistributionIsNormal) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const VectorD x = StandardNormals(seed, {9, 9}, kMany);
    std::vector<double> sorted(x.begin(), x.end());
    std::sort(sorted.begin(), sorted.end());
    double distance = 0;
    for (Index i = 0; i < kMany; ++i) {
      const double cdf = NormalCdf(sorted[i]);
      distance = std::max({distance, cdf - static_cast<double>(i) / kMany,
                           static_cast<double>(i + 1) / kMany - cdf});
    }
    EXPECT_LT(distance, 1.95 / std::sqrt(static_cast<double>(kMany))) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cae
