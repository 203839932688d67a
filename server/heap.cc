#include "server/heap.h"

#include <malloc.h>

namespace cae {
namespace {

/// Buffers of this size have pages of their own. Smaller ones, and so what unary calls and streams
/// of a few chains need, are not worth the page faults.
constexpr int kOwnPagesBytes = 1 << 20;
/// What may lie free at the end of a heap. As much as a busy server takes and frees all the time.
constexpr int kKeptBytes = 8 << 20;

}  // namespace

void SetHeapLimits() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, kOwnPagesBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
#endif
}

void ReturnFreeHeap() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace cae
