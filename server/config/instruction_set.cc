#include "server/config/instruction_set.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

struct InstructionSet {
  const char* name;
  const char* onednn_name;
  bool (*is_here)();
};

// From the best down. __builtin_cpu_supports takes literals alone.
constexpr InstructionSet kSets[] = {
    {"avx512", "AVX512_CORE",
     [] {
       return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
     }},
    {"avx2", "AVX2",
     [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
    {"sse41", "SSE41", [] { return __builtin_cpu_supports("sse4.1") != 0; }},
};

}  // namespace

absl::Status CheckInstructionSet(absl::string_view isa) {
  if (isa.empty()) return absl::OkStatus();
  for (const InstructionSet& set : kSets) {
    if (isa != set.name) continue;
    if (set.is_here()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "this machine has no ", isa, "; the best that it has is ", EffectiveInstructionSet("")));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", isa, "' is unknown; it may be sse41, avx2, avx512 or empty"));
}

void PinInstructionSet(absl::string_view isa) {
  for (const InstructionSet& set : kSets) {
    if (isa == set.name) setenv("DNNL_MAX_CPU_ISA", set.onednn_name, /*overwrite=*/1);
  }
}

std::string EffectiveInstructionSet(absl::string_view isa) {
  if (!isa.empty()) return std::string(isa);
  for (const InstructionSet& set : kSets) {
    if (set.is_here()) return set.name;
  }
  return "none";
}

}  // namespace cae
