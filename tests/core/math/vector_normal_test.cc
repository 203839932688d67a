// The float32 noise against its definition in double precision (normal_test.cc shows that the
// definition is normal), and its bits on every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/math/normal.h"
#include "hwy/targets.h"

namespace cae {
namespace {

std::vector<float> Normals(std::uint64_t seed, NoiseCounter at, std::size_t size) {
  std::vector<float> normals(size);
  StandardNormals(seed, at, absl::MakeSpan(normals));
  return normals;
}

std::vector<std::uint32_t> Bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits(values.size());
  if (!values.empty()) std::memcpy(bits.data(), values.data(), values.size() * sizeof(float));
  return bits;
}

// Two million pairs reach radii from 1e-3 to 5.4, so that both branches of the logarithm and all
// quarters of the circle are seen near their ends. Each of radius and direction is right to about
// a unit in the last place (6e-8), the product to a few of the radius.
TEST(FloatNormalsTest, AgreeWithTheDefinition) {
  constexpr Index kSize = 1 << 16;
  for (std::uint64_t step = 0; step < 64; ++step) {
    const VectorD expected = StandardNormals(20120626, {7, step}, kSize);
    const std::vector<float> normals = Normals(20120626, {7, step}, kSize);
    for (Index i = 0; i < kSize; i += 2) {
      const double radius = std::hypot(expected[i], expected[i + 1]);
      ASSERT_NEAR(normals[i], expected[i], 4e-7 * radius) << "step " << step << " element " << i;
      ASSERT_NEAR(normals[i + 1], expected[i + 1], 4e-7 * radius) << step << ", " << i + 1;
    }
  }
}

TEST(FloatNormalsTest, UseTheWholeSeedChainAndStep) {
  const std::uint64_t seed = 0xfedcba9876543210;
  const NoiseCounter at = {0x123456789abc, 0xba9876543210};
  const VectorD expected = StandardNormals(seed, at, 100);
  const std::vector<float> normals = Normals(seed, at, 100);
  for (Index i = 0; i < 100; ++i) EXPECT_NEAR(normals[i], expected[i], 2e-6) << i;
}

TEST(FloatNormalsTest, AnElementDependsOnItsPlaceAlone) {
  const std::vector<std::uint32_t> all = Bits(Normals(5, {1, 2}, 300));
  for (std::size_t size = 0; size < all.size(); ++size) {
    const std::vector<std::uint32_t> some = Bits(Normals(5, {1, 2}, size));
    ASSERT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << size;
  }
}

TEST(FloatNormalsTest, WriteNothingBehindTheSpan) {
  for (std::size_t size = 0; size < 130; ++size) {
    std::vector<float> normals(size + 1, 99.0f);
    StandardNormals(1, {}, absl::MakeSpan(normals).first(size));
    ASSERT_EQ(normals[size], 99.0f) << size;
  }
}

// P(|x| > t) of a normal x, within five standard deviations of the count.
TEST(FloatNormalsTest, TailsAreThoseOfTheNormalDistribution) {
  constexpr std::size_t kSize = 1 << 23;
  const std::vector<float> normals = Normals(3, {0, 0}, kSize);
  for (const double t : {0.001, 1.0, 2.0, 3.0, 4.0, 5.0}) {
    const auto count =
        std::count_if(normals.begin(), normals.end(), [t](float x) { return std::abs(x) > t; });
    const double probability = std::erfc(t / std::sqrt(2.0));
    const double expected = probability * kSize;
    EXPECT_NEAR(count, expected, 5 * std::sqrt(expected * (1 - probability))) << t;
  }
}

// Within five standard deviations of each estimate.
TEST(FloatNormalsTest, MomentsAreThoseOfTheNormalDistribution) {
  constexpr double kSize = 1 << 21;
  double sums[4] = {};
  for (const double x : Normals(20120626, {2, 3}, 1 << 21)) {
    double power = 1;
    for (double& sum : sums) sum += power *= x;
  }
  EXPECT_NEAR(sums[0] / kSize, 0, 5 * std::sqrt(1 / kSize));
  EXPECT_NEAR(sums[1] / kSize, 1, 5 * std::sqrt(2 / kSize));
  EXPECT_NEAR(sums[2] / kSize, 0, 5 * std::sqrt(15 / kSize));
  EXPECT_NEAR(sums[3] / kSize, 3, 5 * std::sqrt(96 / kSize));
}

// Kolmogorov–Smirnov: sup |F_n − Φ| exceeds 1.95 / √n in one case of a thousand; the seed is fixed.
TEST(FloatNormalsTest, DistributionIsNormal) {
  constexpr std::size_t kSize = 1 << 20;
  std::vector<float> sorted = Normals(4, {9, 9}, kSize);
  std::sort(sorted.begin(), sorted.end());
  double distance = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    const double cdf = 0.5 * std::erfc(-sorted[i] / std::sqrt(2.0));
    distance = std::max(
        {distance, cdf - static_cast<double>(i) / kSize, static_cast<double>(i + 1) / kSize - cdf});
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(static_cast<double>(kSize)));
}

// Correlations are of size 1/√n where there are none: within five of these. Squares, too, since the
// two normals of a pair share a radius.
TEST(FloatNormalsTest, LanesStepsAndChainsAreUncorrelated) {
  constexpr std::size_t kSize = 1 << 20;
  const double bound = 5 / std::sqrt(static_cast<double>(kSize));
  const std::vector<float> x = Normals(20120626, {1, 1}, kSize + 32);
  const auto expect_none = [&](const float* other, const std::string& what) {
    double product = 0, squares = 0;
    for (std::size_t i = 0; i < kSize; ++i) {
      const double a = x[i], b = other[i];
      product += a * b;
      squares += (a * a - 1) * (b * b - 1) / 2;
    }
    EXPECT_NEAR(product / kSize, 0, bound) << what;
    EXPECT_NEAR(squares / kSize, 0, bound) << what << ", squares";
  };
  for (std::size_t lag = 1; lag <= 32; ++lag) {
    expect_none(x.data() + lag, "lag " + std::to_string(lag));
  }
  for (const std::uint64_t number : {0, 2, 3, 1 << 20}) {
    expect_none(Normals(20120626, {1, number}, kSize).data(), "step " + std::to_string(number));
    expect_none(Normals(20120626, {number, 1}, kSize).data(), "chain " + std::to_string(number));
    expect_none(Normals(20120626 + 1 + number, {1, 1}, kSize).data(), "another seed");
  }
}

// Whatever the machine: these bits are part of what a chain is.
TEST(FloatNormalsTest, HaveGoldenBits) {
  EXPECT_EQ(Bits(Normals(20120626, {3, 17}, 6)),
            (std::vector<std::uint32_t>{3207056479, 1057631380, 3207155085, 3208357559, 1028931819,
                                        3217837898}));
  // FNV-1a over the bits of many.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint32_t bits : Bits(Normals(20120626, {3, 18}, 1 << 20))) {
    hash = (hash ^ bits) * 0x100000001b3;
  }
  EXPECT_EQ(hash, 14832135062238202598u);
}

TEST(FloatNormalsTest, HaveTheSameBitsOnEveryInstructionSet) {
  const std::vector<std::uint32_t> expected = Bits(Normals(11, {4, 5}, 1 << 18));
  int targets = 0;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    EXPECT_EQ(Bits(Normals(11, {4, 5}, 1 << 18)), expected) << hwy::TargetName(target);
    ++targets;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  RecordProperty("targets", targets);
#if HWY_ARCH_X86
  EXPECT_GE(targets, 2);
#endif
}

}  // namespace
}  // namespace cae
