#include "client/request_plan.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/client/fake_answers.h"

namespace cae {
namespace {

v1::ModelLimits Limits(std::int64_t rows, std::int64_t bytes) {
  v1::ModelLimits limits;
  limits.set_max_rows(rows);
  limits.set_max_message_bytes(bytes);
  return limits;
}

TEST(RowsPerRequestTest, KeepsToMaxRows) {
  EXPECT_EQ(RowsPerRequest(Limits(100, 1 << 20), {10, 10}), 100);
}

TEST(RowsPerRequestTest, KeepsEitherDirectionWithinTheMessageLimit) {
  const std::int64_t bytes = 3670016;
  const Index up = RowsPerRequest(Limits(100000, bytes), {3136, 40});
  const Index down = RowsPerRequest(Limits(100000, bytes), {784, 64 * 3136});
  EXPECT_LT(up * 3136, bytes);
  EXPECT_GT((up + 3) * 3136, bytes);
  EXPECT_LT(down * 64 * 3136, bytes);
  EXPECT_GT((down + 1) * 64 * 3136, bytes);
}

TEST(RowsPerRequestTest, IsAtLeastOne) {
  EXPECT_EQ(RowsPerRequest(Limits(100, 1000), {1 << 20, 1}), 1);
}

TEST(RowsPerRequestTest, TakesZeroAsNoLimit) {
  EXPECT_EQ(RowsPerRequest(Limits(0, 0), {10, 10}), std::numeric_limits<Index>::max());
}

TEST(LayerUnitsTest, CountsFromTheLowestAndZeroIsTheTop) {
  v1::Model card = testing::FakeCard();
  card.add_layers()->set_units(2);
  EXPECT_EQ(LayerUnits(card, 1), 3);
  EXPECT_EQ(LayerUnits(card, 2), 2);
  EXPECT_EQ(LayerUnits(card, 0), 2);
  EXPECT_EQ(LayerUnits(card, 3), 0);
  EXPECT_EQ(LayerUnits(card, -1), 0);
  EXPECT_EQ(LayerUnits(v1::Model(), 0), 0);
}

}  // namespace
}  // namespace cae
