#include "core/serving/in_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace cae {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(InFlightTest, CountsTokensFromEnterToTheirEnd) {
  InFlight in_flight;
  {
    const auto first = in_flight.Enter();
    const auto second = in_flight.Enter();
    EXPECT_EQ(in_flight.count(), 2);
  }
  EXPECT_EQ(in_flight.count(), 0);
}

TEST(InFlightTest, CountsAMovedTokenOnce) {
  InFlight in_flight;
  std::optional<InFlight::Token> first = in_flight.Enter();
  InFlight::Token kept = *std::move(first);
  first.reset();
  EXPECT_EQ(in_flight.count(), 1);
  kept = InFlight::Token();
  EXPECT_EQ(in_flight.count(), 0) << "assigned over, it ends";
}

TEST(InFlightTest, LetsNothingInOnceItIsClosedAndKeepsWhatRuns) {
  InFlight in_flight;
  const auto token = in_flight.Enter();
  in_flight.Close();
  EXPECT_TRUE(in_flight.closed());
  EXPECT_FALSE(in_flight.Enter().has_value());
  EXPECT_EQ(in_flight.count(), 1);
}

TEST(InFlightTest, WaitingForNothingReturnsAtOnce) {
  InFlight in_flight;
  EXPECT_TRUE(in_flight.WaitUntilEmpty(nanoseconds::zero()));
}

TEST(InFlightTest, WaitingGivesUpWhenTheTimeIsOver) {
  InFlight in_flight;
  const auto token = in_flight.Enter();
  EXPECT_FALSE(in_flight.WaitUntilEmpty(milliseconds(1)));
  EXPECT_FALSE(in_flight.WaitUntilEmpty(nanoseconds::zero()));
}

TEST(InFlightTest, WaitingEndsWithTheLastToken) {
  InFlight in_flight;
  auto token = std::make_optional(*in_flight.Enter());
  std::thread other([&] { token.reset(); });
  EXPECT_TRUE(in_flight.WaitUntilEmpty(hours(1)));
  other.join();
}

TEST(InFlightTest, WaitingCanBeForever) {
  InFlight in_flight;
  auto token = std::make_optional(*in_flight.Enter());
  std::thread other([&] { token.reset(); });
  EXPECT_TRUE(in_flight.WaitUntilEmpty(nanoseconds::max()));
  other.join();
}

TEST(InFlightTest, ADrainUnderLoadLosesNothing) {
  InFlight in_flight;
  std::atomic<int> running = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      while (true) {
        const auto token = in_flight.Enter();
        if (!token.has_value()) return;
        ++running;
        --running;
      }
    });
  }
  in_flight.Close();
  EXPECT_TRUE(in_flight.WaitUntilEmpty(hours(1)));
  EXPECT_EQ(running, 0) << "nothing runs behind a drain";
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace cae
