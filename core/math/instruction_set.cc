#include "core/math/instruction_set.h"

#include <cstdint>
#include <cstdlib>

#include "hwy/targets.h"

namespace cae {
namespace {

void Hold(const char* onednn_name, std::int64_t highway_target) {
  setenv("DNNL_MAX_CPU_ISA", onednn_name, /*overwrite=*/1);
  // Targets are bits, better ones lower.
  hwy::DisableTargets(highway_target - 1);
}

}  // namespace

void HoldInstructionSet(InstructionSet set) {
  switch (set) {
    case InstructionSet::kSse41:
      return Hold("SSE41", HWY_SSE4);
    case InstructionSet::kAvx2:
      return Hold("AVX2", HWY_AVX2);
    case InstructionSet::kAvx512:
      return Hold("AVX512_CORE", HWY_AVX3);
  }
}

}  // namespace cae
