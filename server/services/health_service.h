// HealthService: the standard protocol by which load balancers and probes ask who can be asked.
#ifndef CAE_SERVER_SERVICES_HEALTH_SERVICE_H_
#define CAE_SERVER_SERVICES_HEALTH_SERVICE_H_

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/base/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace cae {

/// grpc.health.v1.Health on the callback API: "" is the whole server, and each model has its name.
/// Our own, because gRPC's would hold a shutdown up for as long as a Watch is open: this one ends
/// them when it is told to.
///
/// Thread-safe. Must outlive the grpc::Server that it is registered with.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

  HealthService();
  ~HealthService() override;

  /// Sets the status of a name, which is known from then on, and tells those who watch it.
  void SetServing(const std::string& name, bool serving);

  /// Sets every known name to NOT_SERVING for good: later calls of SetServing change nothing.
  void SetAllNotServing();

  /// Ends every open Watch with UNAVAILABLE, and from now on every new one. Waits until they have
  /// ended, `timeout` at most: one whose client does not read may take for ever. Not from a gRPC
  /// thread.
  void EndWatches(std::chrono::nanoseconds timeout);

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const grpc::health::v1::HealthListRequest* request,
                                 grpc::health::v1::HealthListResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class Watcher;
  using Watchers = std::set<std::shared_ptr<Watcher>>;

  /// SERVICE_UNKNOWN where nobody set a status.
  ServingStatus StatusOf(const std::string& name) const;
  void Forget(const std::shared_ptr<Watcher>& watcher);
  static void Wake(const Watchers& watchers);

  mutable Mutex mutex_;  ///< never held while a watcher is called
  CondVar no_watchers_;
  std::map<std::string, ServingStatus> statuses_ ABSL_GUARDED_BY(mutex_);
  Watchers watchers_ ABSL_GUARDED_BY(mutex_);
  bool frozen_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_HEALTH_SERVICE_H_
