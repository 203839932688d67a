// The instruction set that a fleet of mixed machines is pinned to.
#ifndef CAE_SERVER_CONFIG_INSTRUCTION_SET_H_
#define CAE_SERVER_CONFIG_INSTRUCTION_SET_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cae {

/// OK for "sse41", "avx2", "avx512" that this machine has, and for "". Otherwise INVALID_ARGUMENT.
absl::Status CheckInstructionSet(absl::string_view isa);

/// Holds all products and vectorised loops at a set that was checked; "" leaves them alone. When to
/// call it: see HoldInstructionSet.
void PinInstructionSet(absl::string_view isa);

/// The set that is used: the pinned one, or the best that this machine has.
std::string EffectiveInstructionSet(absl::string_view isa);

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_INSTRUCTION_SET_H_
