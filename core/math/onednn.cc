#include "core/math/onednn.h"

// From omp.h, which clang does not find beside GCC's OpenMP run time.
extern "C" int omp_get_max_threads(void);
extern "C" void omp_set_num_threads(int threads);

namespace cae::onednn {

const dnnl::engine& CpuEngine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& ThreadStream() {
  thread_local dnnl::stream stream(CpuEngine());
  return stream;
}

Mutex& CreationMutex() {
  static Mutex mutex;
  return mutex;
}

void UseCallingThreadOnly() {
  if (omp_get_max_threads() != 1) omp_set_num_threads(1);
}

}  // namespace cae::onednn
