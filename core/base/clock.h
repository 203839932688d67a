// Clock: where code that waits or measures gets its time from, so that tests can move it by hand.
#ifndef CAE_CORE_BASE_CLOCK_H_
#define CAE_CORE_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace cae {

/// A source of the present time. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;

  /// The machine's clock; lives for the whole process.
  static const Clock& System();
};

}  // namespace cae

#endif  // CAE_CORE_BASE_CLOCK_H_
