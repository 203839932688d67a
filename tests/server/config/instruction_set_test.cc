#include "server/config/instruction_set.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "hwy/targets.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

TEST(InstructionSetTest, TheBestOneOfThisMachineCanBePinned) {
  const std::string best = EffectiveInstructionSet("");
  ASSERT_NE(best, "none");
  EXPECT_THAT(CheckInstructionSet(best), testing::IsOk());
  EXPECT_THAT(CheckInstructionSet(""), testing::IsOk());
  EXPECT_EQ(EffectiveInstructionSet("sse41"), "sse41");
}

TEST(InstructionSetTest, SaysWhichOnesThereAre) {
  EXPECT_THAT(CheckInstructionSet("AVX2"),
              testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                ::testing::HasSubstr("sse41, avx2, avx512")));
}

TEST(InstructionSetTest, HoldsOneDnnAndHighwayOnlyWhenPinned) {
  unsetenv("DNNL_MAX_CPU_ISA");
  const std::int64_t all = hwy::SupportedTargets();
  PinInstructionSet("");
  EXPECT_EQ(std::getenv("DNNL_MAX_CPU_ISA"), nullptr);
  EXPECT_EQ(hwy::SupportedTargets(), all);
  PinInstructionSet("sse41");
  EXPECT_STREQ(std::getenv("DNNL_MAX_CPU_ISA"), "SSE41");
  EXPECT_EQ(hwy::SupportedTargets() & (HWY_SSE4 - 1), 0) << "better targets are lower bits";
  unsetenv("DNNL_MAX_CPU_ISA");
  hwy::DisableTargets(0);
}

}  // namespace
}  // namespace cae
