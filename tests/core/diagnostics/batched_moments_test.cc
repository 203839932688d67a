#include "core/diagnostics/batched_moments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/diagnostics/known_series.h"

namespace cae::testing {
namespace {

using ::testing::ElementsAre;

TEST(BatchedMomentsTest, KeepsTheMomentsOfAllNumbersHoweverManyThereAre) {
  for (const Index size : {1, 2, 63, 64, 65, 127, 1000, 100'000}) {
    const std::vector<double> numbers = AutoregressiveSeries(size, 0.9, 3, 10);
    const BatchedMoments batched = Batched(numbers);
    const Moments expected = TwoPassMoments(numbers);
    EXPECT_EQ(batched.count(), size);
    EXPECT_EQ(batched.Total().count, size);
    EXPECT_NEAR(batched.Total().mean, expected.mean, 1e-10);
    EXPECT_NEAR(batched.Total().m2, expected.m2, 1e-9 * expected.m2 + 1e-20);
  }
}

TEST(BatchedMomentsTest, BatchesDoubleWhenTheyAreFull) {
  const auto length_of = [](Index size) {
    return Batched(std::vector<double>(static_cast<std::size_t>(size))).batch_length();
  };
  EXPECT_EQ(length_of(63), 1);
  EXPECT_EQ(length_of(64), 2);
  EXPECT_EQ(length_of(127), 2);
  EXPECT_EQ(length_of(128), 4);
  EXPECT_EQ(length_of(64 * 1024), 2048);
}

TEST(BatchedMomentsTest, HalvesAreTheNumbersOfEachHalf) {
  for (const Index size : {1, 2, 3, 4, 63, 64, 67, 130, 191, 1001, 4096, 5000}) {
    const std::vector<double> numbers = AutoregressiveSeries(size, 0.5, 4);
    const BatchedMoments batched = Batched(numbers);
    const auto [first, second] = batched.Halves();
    EXPECT_EQ(first.count + second.count, size);
    EXPECT_LE(std::abs(first.count - second.count), batched.batch_length()) << size;
    const auto middle = numbers.begin() + first.count;
    const Moments expected = TwoPassMoments({numbers.begin(), middle});
    EXPECT_NEAR(first.mean, expected.mean, 1e-12);
    EXPECT_NEAR(first.m2, expected.m2, 1e-9);
    if (second.count == 0) continue;
    EXPECT_NEAR(second.mean, TwoPassMoments({middle, numbers.end()}).mean, 1e-12);
  }
}

TEST(BatchedMomentsTest, MeansLeaveOutWhatFillsNoBatch) {
  BatchedMoments batched;
  for (int i = 1; i <= 8; ++i) batched.Add(i);
  EXPECT_THAT(batched.Means(3), ElementsAre(2, 5));
  EXPECT_THAT(batched.Means(8), ElementsAre(4.5));
  EXPECT_THAT(batched.Means(9), ElementsAre());
}

TEST(BatchedMomentsTest, MeansAfterDoublingAreThoseOfConsecutiveNumbers) {
  BatchedMoments batched;
  for (int i = 0; i < 203; ++i) batched.Add(i);
  ASSERT_EQ(batched.batch_length(), 4);
  const std::vector<double> means = batched.Means(8);
  ASSERT_EQ(means.size(), 25u);
  for (std::size_t k = 0; k < means.size(); ++k) {
    EXPECT_DOUBLE_EQ(means[k], 8 * static_cast<double>(k) + 3.5);
  }
}

}  // namespace
}  // namespace cae::testing
