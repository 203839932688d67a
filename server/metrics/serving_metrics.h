// ServingMetrics: the cae_* families, fed by what happens in core/serving and in the services.
#ifndef CAE_SERVER_METRICS_SERVING_METRICS_H_
#define CAE_SERVER_METRICS_SERVING_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <functional>
#include <map>
#include <string>

#include "core/base/mutex.h"
#include "core/serving/serving_observer.h"
#include "server/metrics/stream_metrics.h"
#include "server/requests/rpc_observer.h"

namespace cae {

/// Registers every family when it is made, and with it every series whose labels are then known;
/// those of a model come with the model. Label values come from the repository and from our own
/// code, never from a client, so that their number is bounded. Thread-safe. Refers to the registry,
/// which must outlive it.
class ServingMetrics final : public ServingObserver, public RpcObserver {
 public:
  explicit ServingMetrics(prometheus::Registry& registry);

  void OnModelLoaded(const ServableIdentity& model, absl::Duration took) override;
  void OnModelLoadFailed(const std::string& name, std::int64_t version,
                         const absl::Status& status) override;
  void OnModelUnloaded(const ServableIdentity& model) override;
  void OnJobStarted(const std::string& operation, absl::Duration waited) override;
  void OnJobSlice(const std::string& operation, absl::Duration took) override;
  void OnQueuedRows(const ServableIdentity& model, std::int64_t change) override;
  void OnRowTile(const ServableIdentity& model, const std::string& operation, std::int64_t rows,
                 std::int64_t requests) override;
  void OnChains(const ServableIdentity& model, ChainState state, std::int64_t change) override;
  void OnChainTile(const ServableIdentity& model, std::int64_t chains,
                   std::int64_t streams) override;
  void OnWastedSteps(const ServableIdentity& model, std::int64_t steps) override;
  void OnStreamInterrupted(const ServableIdentity& model, absl::Duration latency) override;
  void OnTangentFallbacks(const ServableIdentity& model, std::int64_t points) override;

  void OnRows(const std::string& model, const char* operation, std::int64_t rows) override;
  void OnRejected(const char* method, const std::string& reason) override;
  void OnDrawsSent(const std::string& model, std::int64_t draws) override;
  void OnFirstDraw(absl::Duration after) override;
  void OnStall(absl::Duration stood) override;
  void OnStreamFinished(const char* reason, absl::Duration took) override;

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  /// The series of one operation, or of one model: looking them up in their families takes longer
  /// than a request should.
  struct OperationSeries {
    prometheus::Histogram* queue_wait;
    prometheus::Histogram* compute;
  };
  struct ModelSeries {
    prometheus::Gauge* queued_rows;
    prometheus::Histogram* batch_rows;
    std::array<prometheus::Gauge*, 3> chains;  ///< by ChainState
    prometheus::Counter* chain_steps;
    std::map<std::string, prometheus::Counter*, std::less<>> rows;  ///< by operation
  };

  prometheus::Gauge& Ready(const std::string& model, std::int64_t version);
  OperationSeries AddOperation(const std::string& operation);
  OperationSeries Operation(const std::string& operation);
  /// Makes them where there are none yet; they stay as long as this does.
  ModelSeries& Model(const std::string& name);

  Gauges& model_info_;
  Gauges& model_ready_;
  prometheus::Histogram& model_load_seconds_;
  prometheus::Counter& model_load_failures_;
  Counters& rejected_;
  Histograms& queue_wait_;
  Histograms& compute_;
  Counters& rows_;
  StreamMetrics streams_;
  Gauges& queued_rows_;
  Histograms& batch_rows_;
  Gauges& chains_;
  Counters& chain_steps_;
  prometheus::Histogram& step_batch_chains_;
  prometheus::Counter& tangent_fallbacks_;
  std::map<std::string, OperationSeries, std::less<>> operations_;  ///< as made at the start
  Mutex mutex_;
  std::map<std::string, ModelSeries, std::less<>> models_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_SERVER_METRICS_SERVING_METRICS_H_
