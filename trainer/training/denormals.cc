#include "trainer/training/denormals.h"

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace cae {

void FlushDenormals() {
#ifdef __SSE__
  constexpr unsigned kFlushResults = 1u << 15, kFlushOperands = 1u << 6;
  _mm_setcsr(_mm_getcsr() | kFlushResults | kFlushOperands);
#endif
}

}  // namespace cae
