// ServingObserver: what happens inside core/serving, told to whoever counts it. Keeps metrics
// libraries out of core/.
#ifndef CAE_CORE_SERVING_SERVING_OBSERVER_H_
#define CAE_CORE_SERVING_SERVING_OBSERVER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/serving/servable.h"

namespace cae {

/// Every method may be called from any thread, at any time, and must neither block nor call back.
/// The base class ignores everything.
class ServingObserver {
 public:
  virtual ~ServingObserver() = default;

  /// A version was loaded and serves, `took` from the first byte read.
  virtual void OnModelLoaded(const ServableIdentity& model, absl::Duration took);
  /// A version could not be loaded.
  virtual void OnModelLoadFailed(const std::string& name, std::int64_t version,
                                 const absl::Status& status);
  /// A version takes no more requests.
  virtual void OnModelUnloaded(const ServableIdentity& model);

  /// A job waited that long for a compute thread.
  virtual void OnJobStarted(const std::string& operation, absl::Duration waited);
  /// A slice of a job kept a compute thread for that long.
  virtual void OnJobSlice(const std::string& operation, absl::Duration took);
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_SERVING_OBSERVER_H_
