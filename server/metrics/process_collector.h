// ProcessCollector: what the kernel knows of this process, as the process_* families of every
// Prometheus client library.
#ifndef CAE_SERVER_METRICS_PROCESS_COLLECTOR_H_
#define CAE_SERVER_METRICS_PROCESS_COLLECTOR_H_

#include <prometheus/collectable.h>

#include <vector>

namespace cae {

/// Reads /proc at each scrape. A figure that cannot be read is left out. Thread-safe.
class ProcessCollector final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace cae

#endif  // CAE_SERVER_METRICS_PROCESS_COLLECTOR_H_
