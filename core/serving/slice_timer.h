// SliceTimer: how long a thread has worked at a slice.
#ifndef CAE_CORE_SERVING_SLICE_TIMER_H_
#define CAE_CORE_SERVING_SLICE_TIMER_H_

#include <cstdint>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/math/workspace.h"

namespace cae {

/// Runs from when it is made; what the thread did at the slice's yield points for others does not
/// count. Clock and workspace, the slice's own, must outlive it. Thread-compatible.
class SliceTimer {
 public:
  SliceTimer(const Clock& clock, const Workspace& workspace)
      : clock_(clock),
        workspace_(workspace),
        start_(clock.Now()),
        lent_before_(workspace.lent_nanoseconds) {}

  absl::Time start() const { return start_; }
  absl::Duration Took() const {
    return clock_.Now() - start_ - absl::Nanoseconds(workspace_.lent_nanoseconds - lent_before_);
  }

 private:
  const Clock& clock_;
  const Workspace& workspace_;
  const absl::Time start_;
  const std::int64_t lent_before_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_SLICE_TIMER_H_
