#include "server/metrics/drain_collector.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

namespace cae {
namespace {

prometheus::MetricFamily Gauge(const char* name, const char* help, double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return {name, help, prometheus::MetricType::Gauge, {metric}};
}

}  // namespace

void DrainCollector::Begin() {
  MutexLock lock(mutex_);
  if (!began_.has_value()) began_ = clock_.Now();
}

std::vector<prometheus::MetricFamily> DrainCollector::Collect() const {
  MutexLock lock(mutex_);
  const double seconds = began_.has_value() ? absl::ToDoubleSeconds(clock_.Now() - *began_) : 0.0;
  return {Gauge("cae_draining", "1 from the signal that ends the server on.", began_.has_value()),
          Gauge("cae_drain_seconds", "Time since that signal; 0 before it.", seconds)};
}

}  // namespace cae
