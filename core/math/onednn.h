// What every user of oneDNN shares: one CPU engine, one stream a thread, one lock around the making
// of primitives. For the .cc files of core/math alone, so that oneDNN's headers stay out of ours.
#ifndef CAE_CORE_MATH_ONEDNN_H_
#define CAE_CORE_MATH_ONEDNN_H_

#include <oneapi/dnnl/dnnl.hpp>

#include "core/base/mutex.h"

namespace cae::onednn {

/// The processor. Thread-safe.
const dnnl::engine& CpuEngine();

/// A stream of the calling thread.
dnnl::stream& ThreadStream();

/// Hold it while primitives are made: oneDNN's cache of primitives races under concurrent creation.
/// Execution needs none.
Mutex& CreationMutex();

/// Makes oneDNN use the calling thread alone. Parallelism is ours, one compute thread a core:
/// nested OpenMP teams would fight over the cores, and the number of threads would change how sums
/// are split, hence their bits.
void UseCallingThreadOnly();

}  // namespace cae::onednn

#endif  // CAE_CORE_MATH_ONEDNN_H_
