// StreamMetrics: the families that tell of Sample streams as their clients see them.
#ifndef CAE_SERVER_METRICS_STREAM_METRICS_H_
#define CAE_SERVER_METRICS_STREAM_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "absl/time/time.h"

namespace cae {

/// Registers every family and series when it is made. Thread-safe. Refers to the registry, which
/// must outlive it.
class StreamMetrics {
 public:
  explicit StreamMetrics(prometheus::Registry& registry);

  void AddDraws(double draws) { draws_.Increment(draws); }
  void FirstDraw(absl::Duration after) { first_draw_.Observe(absl::ToDoubleSeconds(after)); }
  void Stall(absl::Duration stood) { stalls_.Observe(absl::ToDoubleSeconds(stood)); }
  void Interrupted(absl::Duration latency) { cancels_.Observe(absl::ToDoubleSeconds(latency)); }
  void AddWastedSteps(double steps) { wasted_steps_.Increment(steps); }
  /// `reason` is one of kStreamEnds.
  void Finished(const char* reason, absl::Duration took);

 private:
  prometheus::Counter& draws_;
  prometheus::Histogram& first_draw_;
  prometheus::Histogram& stalls_;
  prometheus::Histogram& seconds_;
  prometheus::Histogram& cancels_;
  prometheus::Counter& wasted_steps_;
  prometheus::Family<prometheus::Counter>& finished_;
};

}  // namespace cae

#endif  // CAE_SERVER_METRICS_STREAM_METRICS_H_
