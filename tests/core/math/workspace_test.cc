#include "core/math/workspace.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cae {
namespace {

TEST(ScratchBufferTest, StartsOnACacheLineAndGrows) {
  ScratchBuffer buffer;
  for (const std::size_t count : {1, 3, 1000, 100'000}) {
    float* const floats = buffer.Floats(count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(floats) % 64, 0u);
    // Under AddressSanitizer these writes show a buffer that is too small.
    for (std::size_t i = 0; i < count; ++i) floats[i] = static_cast<float>(i);
    EXPECT_EQ(floats[count - 1], static_cast<float>(count - 1));
  }
}

TEST(ScratchBufferTest, StaysWhereItIsUntilMoreIsAskedFor) {
  ScratchBuffer buffer;
  float* const floats = buffer.Floats(100);
  floats[99] = 5;
  EXPECT_EQ(buffer.Floats(10), floats);
  EXPECT_EQ(buffer.Floats(100), floats);
  EXPECT_EQ(buffer.Bytes(400), floats);
  EXPECT_EQ(floats[99], 5);
}

}  // namespace
}  // namespace cae
