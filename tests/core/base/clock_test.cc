#include "core/base/clock.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"

namespace cae {
namespace {

TEST(ClockTest, SystemClockTellsThePresentTime) {
  const absl::Time before = absl::Now();
  const absl::Time now = Clock::System().Now();
  const absl::Time after = absl::Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

TEST(ClockTest, ThereIsOneSystemClock) { EXPECT_EQ(&Clock::System(), &Clock::System()); }

}  // namespace
}  // namespace cae
