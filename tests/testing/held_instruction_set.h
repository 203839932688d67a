// For test programs that CTest runs once an instruction set.
#ifndef CAE_TESTS_TESTING_HELD_INSTRUCTION_SET_H_
#define CAE_TESTS_TESTING_HELD_INSTRUCTION_SET_H_

#include <cstdlib>

#include "absl/strings/string_view.h"
#include "core/base/check.h"
#include "core/math/instruction_set.h"

namespace cae::testing {

/// Holds the program at the set that the environment variable CAE_TEST_ISA names, sse41 or avx2; at
/// none where it is not set. To be called before main(), as the value of a constant.
inline bool HoldInstructionSetOfEnvironment() {
  const char* const value = std::getenv("CAE_TEST_ISA");
  if (value == nullptr) return false;
  const absl::string_view isa = value;
  CAE_CHECK(isa == "sse41" || isa == "avx2", isa);
  HoldInstructionSet(isa == "sse41" ? InstructionSet::kSse41 : InstructionSet::kAvx2);
  return true;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_HELD_INSTRUCTION_SET_H_
