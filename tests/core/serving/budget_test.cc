#include "core/serving/budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace cae {
namespace {

TEST(BudgetTest, TakesWhatFitsAndRefusesWhatDoesNot) {
  Budget budget(10);
  const auto first = budget.Reserve(6);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(budget.used(), 6);
  EXPECT_FALSE(budget.Reserve(5).has_value());
  EXPECT_EQ(budget.used(), 6) << "what was refused takes nothing";
  const auto second = budget.Reserve(4);
  EXPECT_TRUE(second.has_value());
  EXPECT_EQ(budget.used(), 10);
}

TEST(BudgetTest, GivesUnitsBackWhenAReservationEnds) {
  Budget budget(10);
  { const auto reservation = budget.Reserve(10); }
  EXPECT_EQ(budget.used(), 0);
  EXPECT_TRUE(budget.Reserve(10).has_value());
}

TEST(BudgetTest, LetsInWhatIsLargerThanTheLimitWhenNothingElseIs) {
  Budget budget(10);
  {
    const auto large = budget.Reserve(25);
    ASSERT_TRUE(large.has_value());
    EXPECT_FALSE(budget.Reserve(1).has_value());
  }
  const auto small = budget.Reserve(1);
  EXPECT_FALSE(budget.Reserve(25).has_value());
}

TEST(BudgetTest, MovesUnitsWithAReservation) {
  Budget budget(10);
  auto first = budget.Reserve(4);
  Budget::Reservation kept = *std::move(first);
  first.reset();
  EXPECT_EQ(budget.used(), 4) << "they moved, the empty shell gives nothing back";
  Budget::Reservation other = *budget.Reserve(3);
  {
    const Budget::Reservation scope = std::move(kept);
    EXPECT_EQ(budget.used(), 7);
  }
  EXPECT_EQ(budget.used(), 3);
}

TEST(BudgetTest, AssigningOverAReservationGivesItsUnitsBackInTime) {
  Budget budget(10);
  Budget::Reservation reservation = *budget.Reserve(4);
  reservation = Budget::Reservation();
  EXPECT_EQ(budget.used(), 0);
}

TEST(BudgetTest, NeverExceedsItsLimitUnderContention) {
  constexpr int kLimit = 7;
  Budget budget(kLimit);
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const int units = 1 + (i + t) % 3;
        const auto reservation = budget.Reserve(units);
        if (!reservation.has_value()) continue;
        const int now = held += units;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        ++granted;
        held -= units;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.used(), 0);
  EXPECT_LE(most, kLimit);
  EXPECT_GT(granted, 0);
}

}  // namespace
}  // namespace cae
