// RetryEnvironment: what retries take from the world, so that tests can put their own in its place.
#ifndef CAE_CLIENT_RETRY_ENVIRONMENT_H_
#define CAE_CLIENT_RETRY_ENVIRONMENT_H_

#include <memory>

#include "absl/time/time.h"

namespace cae {

/// Time, sleep and chance. Implementations are thread-safe.
class RetryEnvironment {
 public:
  virtual ~RetryEnvironment() = default;
  virtual absl::Time Now() = 0;
  virtual void Sleep(absl::Duration duration) = 0;
  /// Evenly from [0, 1).
  virtual double Uniform() = 0;

  /// The machine's own.
  static std::shared_ptr<RetryEnvironment> System();
};

}  // namespace cae

#endif  // CAE_CLIENT_RETRY_ENVIRONMENT_H_
