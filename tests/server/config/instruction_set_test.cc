#include "server/config/instruction_set.h"

#include <gtest/gtest.h>

#include <cstdlib>

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

TEST(InstructionSetTest, TellsOneDnnByItsVariableAndOnlyWhenPinned) {
  unsetenv("DNNL_MAX_CPU_ISA");
  PinInstructionSet("");
  EXPECT_EQ(std::getenv("DNNL_MAX_CPU_ISA"), nullptr);
  PinInstructionSet("sse41");
  EXPECT_STREQ(std::getenv("DNNL_MAX_CPU_ISA"), "SSE41");
  unsetenv("DNNL_MAX_CPU_ISA");
}

}  // namespace
}  // namespace cae
