#include "core/diagnostics/moments.h"

#include <gtest/gtest.h>

#include "tests/core/diagnostics/known_series.h"

namespace cae::testing {
namespace {

// Numbers far from zero: adding squares up would lose eight of the sixteen digits.
constexpr double kFar = 1e4;

Moments Added(const std::vector<double>& numbers, std::size_t first, std::size_t last) {
  Moments moments;
  for (std::size_t i = first; i < last; ++i) moments.Add(numbers[i]);
  return moments;
}

void ExpectSame(const Moments& a, const Moments& b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_NEAR(a.mean, b.mean, 1e-12 * kFar);
  EXPECT_NEAR(a.m2, b.m2, 1e-9 * b.m2);
}

TEST(MomentsTest, AgreeWithTwoPasses) {
  const std::vector<double> numbers = AutoregressiveSeries(1000, 0.5, 1, kFar);
  const Moments expected = TwoPassMoments(numbers);
  ExpectSame(Added(numbers, 0, 1000), expected);
  EXPECT_DOUBLE_EQ(expected.Variance(), expected.m2 / 999);
}

TEST(MomentsTest, MergeInAnyOrderAndGrouping) {
  const std::vector<double> numbers = AutoregressiveSeries(1000, 0.5, 2, kFar);
  const Moments a = Added(numbers, 0, 17);
  const Moments b = Added(numbers, 17, 700);
  const Moments c = Added(numbers, 700, 1000);
  Moments left = a;
  left.Merge(b);
  left.Merge(c);
  Moments right = b;
  right.Merge(c);
  Moments grouped = a;
  grouped.Merge(right);
  Moments reversed = c;
  reversed.Merge(b);
  reversed.Merge(a);
  ExpectSame(left, TwoPassMoments(numbers));
  ExpectSame(grouped, left);
  ExpectSame(reversed, left);
}

TEST(MomentsTest, NothingChangesNothing) {
  Moments moments = Added({3, 5}, 0, 2);
  moments.Merge({});
  EXPECT_EQ(moments.count, 2);
  EXPECT_EQ(moments.mean, 4);
  Moments empty;
  empty.Merge(moments);
  EXPECT_EQ(empty.mean, 4);
  EXPECT_EQ(empty.m2, 2);
}

TEST(MomentsTest, FewerThanTwoNumbersHaveNoVariance) {
  EXPECT_EQ(Moments().Variance(), 0);
  EXPECT_EQ(Added({3}, 0, 1).Variance(), 0);
}

}  // namespace
}  // namespace cae::testing
