#include "core/serving/chain_load.h"

#include <gtest/gtest.h>

namespace cae {
namespace {

TEST(ChainLoadTest, LearnsTheTimeOfAnOperation) {
  ChainLoad load;
  for (int i = 0; i < 200; ++i) load.Measured(1000, absl::Microseconds(2));
  EXPECT_NEAR(load.StepNanoseconds(10), 20, 1e-3);
}

TEST(ChainLoadTest, OneTileThatStoodStillHardlyCounts) {
  ChainLoad load;
  for (int i = 0; i < 200; ++i) load.Measured(1000, absl::Microseconds(2));
  load.Measured(1000, absl::Seconds(1));
  EXPECT_LE(load.StepNanoseconds(10), 1.4 * 20);
  // What goes on being slow is slow.
  for (int i = 0; i < 200; ++i) load.Measured(1000, absl::Microseconds(200));
  EXPECT_NEAR(load.StepNanoseconds(10), 2000, 1);
}

}  // namespace
}  // namespace cae
