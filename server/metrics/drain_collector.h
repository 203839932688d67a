// DrainCollector: whether the server drains, and for how long it has.
#ifndef CAE_SERVER_METRICS_DRAIN_COLLECTOR_H_
#define CAE_SERVER_METRICS_DRAIN_COLLECTOR_H_

#include <prometheus/collectable.h>

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace cae {

/// cae_draining and cae_drain_seconds, computed at each scrape. Thread-safe.
class DrainCollector final : public prometheus::Collectable {
 public:
  explicit DrainCollector(const Clock& clock) : clock_(clock) {}

  /// The drain has begun. Later calls change nothing.
  void Begin();

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  std::optional<absl::Time> began_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_SERVER_METRICS_DRAIN_COLLECTOR_H_
