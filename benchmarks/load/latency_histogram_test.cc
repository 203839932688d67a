#include "benchmarks/load/latency_histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cae::benchmarks {
namespace {

TEST(LatencyHistogramTest, HasNothingToSayAboutNothing) {
  EXPECT_EQ(LatencyHistogram().Percentile(0.5), 0);
  EXPECT_EQ(LatencyHistogram().Mean(), 0);
}

TEST(LatencyHistogramTest, FindsPercentilesWithinItsRelativeError) {
  LatencyHistogram histogram;
  for (std::int64_t i = 1; i <= 1'000'000; ++i) histogram.Add(i);
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = share * 1e6;
    EXPECT_NEAR(histogram.Percentile(share), exact, exact / 128 + 1) << share;
  }
  EXPECT_EQ(histogram.max(), 1'000'000);
  EXPECT_DOUBLE_EQ(histogram.Mean(), 500'000.5);
}

TEST(LatencyHistogramTest, HoldsTheEndsOfItsRange) {
  LatencyHistogram histogram;
  histogram.Add(-5);
  histogram.Add(std::int64_t{1} << 50);
  EXPECT_EQ(histogram.count(), 2);
  EXPECT_EQ(histogram.Percentile(0.5), 0);
  EXPECT_NEAR(histogram.Percentile(1), 0x1p40, 0x1p33);
}

TEST(LatencyHistogramTest, MergesAsIfAllHadBeenAddedToOne) {
  LatencyHistogram one, left, right;
  for (std::int64_t i = 0; i < 1000; ++i) {
    const std::int64_t duration = i * i * 37;
    one.Add(duration);
    (i % 3 == 0 ? left : right).Add(duration);
  }
  left.Merge(right);
  EXPECT_EQ(left.count(), one.count());
  EXPECT_EQ(left.max(), one.max());
  for (const double share : {0.1, 0.5, 0.99}) {
    EXPECT_EQ(left.Percentile(share), one.Percentile(share));
  }
}

}  // namespace
}  // namespace cae::benchmarks
