#include "core/base/time_slice.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

namespace cae {
namespace {

// Whether the system heeds slices cannot be seen from here; that nothing else changes can.
TEST(TimeSliceTest, LeavesTheNiceValueAsItIs) {
  std::thread([] {
    ASSERT_EQ(setpriority(PRIO_PROCESS, 0, 7), 0);
    SetTimeSlice(absl::Milliseconds(1));
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 7);
  }).join();
}

}  // namespace
}  // namespace cae
