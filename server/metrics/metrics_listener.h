// MetricsListener: the HTTP listener that Prometheus scrapes.
#ifndef CAE_SERVER_METRICS_METRICS_LISTENER_H_
#define CAE_SERVER_METRICS_METRICS_LISTENER_H_

#include <prometheus/collectable.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace prometheus {
class Exposer;
}  // namespace prometheus

namespace cae {

/// Answers GET /metrics with what its collectables have. Thread-compatible.
class MetricsListener {
 public:
  /// `address` as ListenAddress takes it. UNAVAILABLE, with what to do, if it cannot be had.
  static absl::StatusOr<std::unique_ptr<MetricsListener>> Start(const std::string& address);
  ~MetricsListener();

  /// Shows a collectable for as long as it lives.
  void Add(const std::shared_ptr<prometheus::Collectable>& collectable);

  /// With the port really bound.
  const std::string& address() const { return address_; }

 private:
  MetricsListener(std::unique_ptr<prometheus::Exposer> exposer, std::string address);

  std::unique_ptr<prometheus::Exposer> exposer_;
  const std::string address_;
};

}  // namespace cae

#endif  // CAE_SERVER_METRICS_METRICS_LISTENER_H_
