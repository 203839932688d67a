// Abseil's own deadlock detection, which gRPC's mutexes bring along.
#ifndef CAE_CORE_BASE_MUTEX_CHECKS_H_
#define CAE_CORE_BASE_MUTEX_CHECKS_H_

#include "absl/synchronization/mutex.h"

namespace cae {

/// Switches Abseil's search for deadlocks off for the process. Debian builds Abseil with it, and so
/// every lock that gRPC takes goes through one graph of all mutexes under one global spin lock. To
/// be called before the first thread is started.
inline void SwitchMutexChecksOff() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

}  // namespace cae

#endif  // CAE_CORE_BASE_MUTEX_CHECKS_H_
