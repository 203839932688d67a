// Server: everything that serves, from the repository to the listeners.
#ifndef CAE_SERVER_SERVER_H_
#define CAE_SERVER_SERVER_H_

#include <grpcpp/server.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cae/v1/server_config.pb.h"
#include "core/serving/budget.h"
#include "core/serving/chain_scheduler.h"
#include "core/serving/executor.h"
#include "core/serving/in_flight.h"
#include "core/serving/registry.h"
#include "core/serving/row_batcher.h"
#include "server/metrics/drain_collector.h"
#include "server/metrics/metrics_listener.h"
#include "server/metrics/process_collector.h"
#include "server/metrics/rpc_metrics.h"
#include "server/metrics/serving_metrics.h"
#include "server/services/cae_service.h"
#include "server/services/health_service.h"
#include "server/services/model_service.h"
#include "server/serving_context.h"

namespace cae {

/// Owns all parts and the order in which they start and end. Thread-compatible: one owner starts,
/// drains and destroys it.
class Server {
 public:
  /// Loads the models, then opens the listeners: when it returns, requests are answered. `config`
  /// is checked and complete. FAILED_PRECONDITION (no models), UNAVAILABLE (an address cannot be
  /// had); the message says what to do.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const v1::ServerConfig& config);

  /// As Drain() without any time.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// With the ports really bound; the second is empty where there is no such listener.
  const std::string& listen() const { return listen_; }
  std::string metrics_listen() const;
  /// Names of the models that have a version ready, in order.
  std::vector<std::string> models() const;

  /// Ends the server as its configuration says, in this order:
  /// 1. health says NOT_SERVING, for the lead time, in which new work is still taken;
  /// 2. new work is refused, and streams end with a state;
  /// 3. what runs finishes, up to the grace period, which counts from the start of the drain;
  /// 4. what then still waits for a compute thread is abandoned with UNAVAILABLE;
  /// 5. health's Watches end, which would otherwise hold the next step up;
  /// 6. the listener closes and cuts off what is left.
  /// Blocks. Once.
  void Drain();

 private:
  explicit Server(const v1::ServerConfig& config);

  absl::Status StartMetrics();
  absl::Status StartServing();
  std::int64_t MaxRequestBytes() const;
  void Shutdown(absl::Duration lead, absl::Duration grace);

  // In the order of their making; later ones refer to earlier ones.
  const v1::ServerConfig config_;
  const std::shared_ptr<prometheus::Registry> metrics_registry_;
  const std::shared_ptr<ProcessCollector> process_collector_;
  const std::shared_ptr<DrainCollector> drain_collector_;
  ServingMetrics serving_metrics_;
  RpcMetrics rpc_metrics_;
  Registry registry_;
  InFlight in_flight_;
  Budget rows_;
  Budget chains_;
  Executor executor_;
  RowBatcher batcher_;
  ChainScheduler scheduler_;
  const ServingContext context_;
  HealthService health_service_;
  ModelService model_service_;
  CaeService cae_service_;
  std::unique_ptr<MetricsListener> metrics_listener_;
  std::unique_ptr<grpc::Server> grpc_server_;
  std::string listen_;
};

}  // namespace cae

#endif  // CAE_SERVER_SERVER_H_
