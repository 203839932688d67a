#include "server/config/instruction_set.h"

#include "absl/strings/str_cat.h"
#include "core/math/instruction_set.h"

namespace cae {
namespace {

struct NamedSet {
  const char* name;
  InstructionSet set;
  bool (*is_here)();
};

// From the best down. __builtin_cpu_supports takes literals alone.
constexpr NamedSet kSets[] = {
    {"avx512", InstructionSet::kAvx512,
     [] {
       return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
     }},
    {"avx2", InstructionSet::kAvx2,
     [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
    {"sse41", InstructionSet::kSse41, [] { return __builtin_cpu_supports("sse4.1") != 0; }},
};

}  // namespace

absl::Status CheckInstructionSet(absl::string_view isa) {
  if (isa.empty()) return absl::OkStatus();
  for (const NamedSet& set : kSets) {
    if (isa != set.name) continue;
    if (set.is_here()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "this machine has no ", isa, "; the best that it has is ", EffectiveInstructionSet("")));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", isa, "' is unknown; it may be sse41, avx2, avx512 or empty"));
}

void PinInstructionSet(absl::string_view isa) {
  for (const NamedSet& set : kSets) {
    if (isa == set.name) HoldInstructionSet(set.set);
  }
}

std::string EffectiveInstructionSet(absl::string_view isa) {
  if (!isa.empty()) return std::string(isa);
  for (const NamedSet& set : kSets) {
    if (set.is_here()) return set.name;
  }
  return "none";
}

}  // namespace cae
