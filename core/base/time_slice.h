// Time slices of threads.
#ifndef CAE_CORE_BASE_TIME_SLICE_H_
#define CAE_CORE_BASE_TIME_SLICE_H_

#include "absl/time/time.h"

namespace cae {

/// Asks the system to run the calling thread, and threads that it starts from now on, for that long
/// at a time where others wait for its core. A thread with a short slice that wakes up goes before
/// one with a longer slice at once; its share of the core is the same. Linux from 6.12 on does
/// that; elsewhere nothing happens.
void SetTimeSlice(absl::Duration slice);

}  // namespace cae

#endif  // CAE_CORE_BASE_TIME_SLICE_H_
