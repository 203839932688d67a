// FakeClock: time that a test moves by hand.
#ifndef CAE_TESTS_CORE_SERVING_FAKE_CLOCK_H_
#define CAE_TESTS_CORE_SERVING_FAKE_CLOCK_H_

#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace cae::testing {

/// Thread-safe.
class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration by) {
    MutexLock lock(mutex_);
    now_ += by;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_SERVING_FAKE_CLOCK_H_
