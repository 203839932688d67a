#include "server/metrics/stream_metrics.h"

#include "server/requests/rpc_observer.h"

namespace cae {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using prometheus::Registry;

// 1 ms, about a step of a chain, to 60 s: a long burn-in behind many other streams.
const Histogram::BucketBoundaries kFirstDrawBuckets = {1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1,
                                                       0.25, 0.5,    1,    2.5,  5,     10,   60};
// From the hiccups of a network to readers that went for lunch.
const Histogram::BucketBoundaries kStallBuckets = {1e-4, 1e-3, 0.01, 0.1, 0.5, 1, 5, 15, 60, 600};
// A step under way takes a millisecond or two, one with a rank and many chains some hundreds.
const Histogram::BucketBoundaries kCancelBuckets = {1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3,
                                                    0.01, 0.025,  0.05, 0.1,  0.5,    1};
const Histogram::BucketBoundaries kStreamBuckets = {0.01, 0.1, 1,    10,   60,
                                                    300,  900, 1800, 3600, 14400};

Counter& MakeCounter(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

Histogram& MakeHistogram(Registry& registry, const char* name, const char* help,
                         const Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

}  // namespace

StreamMetrics::StreamMetrics(Registry& registry)
    : draws_(MakeCounter(registry, "cae_draws_sent_total", "Draws sent, over all chains.")),
      first_draw_(MakeHistogram(registry, "cae_stream_first_draw_seconds",
                                "Time from a Sample request to its first draw on the way.",
                                kFirstDrawBuckets)),
      stalls_(MakeHistogram(registry, "cae_stream_stall_seconds",
                            "Time that the chains of a stream stood still, once, because its "
                            "reader was slow.",
                            kStallBuckets)),
      seconds_(MakeHistogram(registry, "cae_stream_seconds", "Time that Sample streams lasted.",
                             kStreamBuckets)),
      cancels_(MakeHistogram(registry, "cae_cancel_latency_seconds",
                             "Time from the moment that a stream's client was gone, or its "
                             "deadline over, until its chains stood still.",
                             kCancelBuckets)),
      wasted_steps_(MakeCounter(registry, "cae_wasted_steps_total",
                                "Steps of chains that were under way, or began, when nobody "
                                "wanted them any more.")),
      finished_(prometheus::BuildCounter()
                    .Name("cae_streams_finished_total")
                    .Help("Sample streams that ended, by reason.")
                    .Register(registry)) {
  for (const char* reason : kStreamEnds) finished_.Add({{"reason", reason}});
}

void StreamMetrics::Finished(const char* reason, absl::Duration took) {
  finished_.Add({{"reason", reason}}).Increment();
  seconds_.Observe(absl::ToDoubleSeconds(took));
}

}  // namespace cae
