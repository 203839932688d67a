#include "server/metrics/serving_metrics.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/requests/refusals.h"

namespace cae {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

constexpr const char* kUnaryOperations[] = {"Encode", "Decode", "Reconstruct", "Tangents",
                                            "Classify"};
constexpr const char* kSample[] = {"Sample"};

/// In the order of ChainState.
constexpr std::array<const char*, 3> kChainStates = {"waiting", "running", "parked"};

// 10 µs, less than which no job waits, to 10 s, the longest that a request is let in for.
const Histogram::BucketBoundaries kWaitBuckets = {1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01,
                                                  0.05, 0.1,  0.25, 0.5,  1,    2.5,    5,    10};
// A slice is a few milliseconds at best; an Encode of one row takes tens of microseconds.
const Histogram::BucketBoundaries kComputeBuckets = {1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4,
                                                     1e-3, 2.5e-3, 5e-3, 0.01, 0.025,  0.05,
                                                     0.1,  0.25,   0.5,  1,    2.5,    5};
// Tiles have 64 rows at most, 256 where one request alone brings them.
const Histogram::BucketBoundaries kBatchBuckets = {1, 2, 4, 8, 16, 32, 48, 64, 128, 256};
const Histogram::BucketBoundaries kLoadBuckets = {0.01, 0.05, 0.1, 0.25, 0.5, 1,
                                                  2.5,  5,    10,  30,   60,  120};

Family<Counter>& MakeCounters(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& MakeGauges(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& MakeHistograms(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

/// Calls f with each operation.
template <typename F>
void ForEachOperation(F&& f) {
  for (const char* operation : kUnaryOperations) f(operation);
  for (const char* operation : kSample) f(operation);
}

}  // namespace

ServingMetrics::ServingMetrics(Registry& registry)
    : model_info_(MakeGauges(registry, "cae_model_info",
                             "1 for each loaded version; the labels say what it is.")),
      model_ready_(MakeGauges(registry, "cae_model_ready",
                              "1 for a version that answers requests, 0 for one that should.")),
      model_load_seconds_(
          MakeHistograms(registry, "cae_model_load_seconds", "Time to read and prove a model.")
              .Add({}, kLoadBuckets)),
      model_load_failures_(MakeCounters(registry, "cae_model_load_failures_total",
                                        "Models that could not be loaded.")
                               .Add({})),
      rejected_(MakeCounters(registry, "cae_requests_rejected_total",
                             "Requests that admission refused, by reason.")),
      queue_wait_(MakeHistograms(registry, "cae_queue_wait_seconds",
                                 "Time that requests wait for a compute thread.")),
      compute_(MakeHistograms(registry, "cae_compute_seconds",
                              "Time that one slice of work keeps a compute thread.")),
      rows_(MakeCounters(registry, "cae_rows_total", "Rows of unary requests that were answered.")),
      streams_(registry),
      queued_rows_(MakeGauges(registry, "cae_queue_rows", "Rows that wait for a compute thread.")),
      batch_rows_(MakeHistograms(registry, "cae_batch_rows",
                                 "Rows of unary requests that were computed together.")),
      chains_(MakeGauges(registry, "cae_chains",
                         "Chains of open streams: waiting for their first step, running, or parked "
                         "because their reader is slow.")),
      chain_steps_(MakeCounters(registry, "cae_chain_steps_total", "Steps that chains made.")),
      step_batch_chains_(
          MakeHistograms(registry, "cae_step_batch_chains", "Chains that were stepped together.")
              .Add({}, kBatchBuckets)),
      tangent_fallbacks_(MakeCounters(registry, "cae_tangent_fallbacks_total",
                                      "Points whose tangents needed a slower method than Lanczos "
                                      "in float32.")
                             .Add({})) {
  ForEachOperation([this](const char* operation) {
    operations_.emplace(operation, AddOperation(operation));
    for (const char* reason : kAdmissionReasons) {
      rejected_.Add({{"method", operation}, {"reason", reason}});
    }
  });
}

Gauge& ServingMetrics::Ready(const std::string& model, std::int64_t version) {
  return model_ready_.Add({{"model", model}, {"version", absl::StrCat(version)}});
}

void ServingMetrics::OnModelLoaded(const ServableIdentity& model, absl::Duration took) {
  model_info_
      .Add({{"model", model.name},
            {"version", absl::StrCat(model.version)},
            {"digest", model.digest},
            {"fingerprint", model.fingerprint}})
      .Set(1);
  Ready(model.name, model.version).Set(1);
  model_load_seconds_.Observe(absl::ToDoubleSeconds(took));
  Model(model.name);
}

void ServingMetrics::OnModelLoadFailed(const std::string& name, std::int64_t version,
                                       const absl::Status&) {
  model_load_failures_.Increment();
  Ready(name, version).Set(0);
}

void ServingMetrics::OnModelUnloaded(const ServableIdentity& model) {
  model_ready_.Remove(&Ready(model.name, model.version));
  model_info_.Remove(&model_info_.Add({{"model", model.name},
                                       {"version", absl::StrCat(model.version)},
                                       {"digest", model.digest},
                                       {"fingerprint", model.fingerprint}}));
}

ServingMetrics::OperationSeries ServingMetrics::AddOperation(const std::string& operation) {
  return {&queue_wait_.Add({{"method", operation}}, kWaitBuckets),
          &compute_.Add({{"operation", operation}}, kComputeBuckets)};
}

ServingMetrics::OperationSeries ServingMetrics::Operation(const std::string& operation) {
  const auto found = operations_.find(operation);
  return found != operations_.end() ? found->second : AddOperation(operation);
}

ServingMetrics::ModelSeries& ServingMetrics::Model(const std::string& name) {
  MutexLock lock(mutex_);
  const auto found = models_.find(name);
  if (found != models_.end()) return found->second;
  ModelSeries series;
  series.queued_rows = &queued_rows_.Add({{"model", name}});
  series.batch_rows = &batch_rows_.Add({{"model", name}}, kBatchBuckets);
  for (std::size_t i = 0; i < kChainStates.size(); ++i) {
    series.chains[i] = &chains_.Add({{"model", name}, {"state", kChainStates[i]}});
  }
  series.chain_steps = &chain_steps_.Add({{"model", name}});
  for (const char* operation : kUnaryOperations) {
    series.rows.emplace(operation, &rows_.Add({{"model", name}, {"operation", operation}}));
  }
  return models_.emplace(name, std::move(series)).first->second;
}

void ServingMetrics::OnJobStarted(const std::string& operation, absl::Duration waited) {
  Operation(operation).queue_wait->Observe(absl::ToDoubleSeconds(waited));
}

void ServingMetrics::OnJobSlice(const std::string& operation, absl::Duration took) {
  Operation(operation).compute->Observe(absl::ToDoubleSeconds(took));
}

void ServingMetrics::OnQueuedRows(const ServableIdentity& model, std::int64_t change) {
  Model(model.name).queued_rows->Increment(static_cast<double>(change));
}

void ServingMetrics::OnRowTile(const ServableIdentity& model, const std::string&, std::int64_t rows,
                               std::int64_t) {
  Model(model.name).batch_rows->Observe(static_cast<double>(rows));
}

void ServingMetrics::OnChains(const ServableIdentity& model, ChainState state,
                              std::int64_t change) {
  Model(model.name).chains[static_cast<std::size_t>(state)]->Increment(static_cast<double>(change));
}

void ServingMetrics::OnChainTile(const ServableIdentity& model, std::int64_t chains, std::int64_t) {
  Model(model.name).chain_steps->Increment(static_cast<double>(chains));
  step_batch_chains_.Observe(static_cast<double>(chains));
}

void ServingMetrics::OnWastedSteps(const ServableIdentity&, std::int64_t steps) {
  streams_.AddWastedSteps(static_cast<double>(steps));
}

void ServingMetrics::OnStreamInterrupted(const ServableIdentity&, absl::Duration latency) {
  streams_.Interrupted(latency);
}

void ServingMetrics::OnTangentFallbacks(const ServableIdentity&, std::int64_t points) {
  tangent_fallbacks_.Increment(static_cast<double>(points));
}

void ServingMetrics::OnRows(const std::string& model, const char* operation, std::int64_t rows) {
  Model(model).rows.find(operation)->second->Increment(static_cast<double>(rows));
}

void ServingMetrics::OnRejected(const char* method, const std::string& reason) {
  rejected_.Add({{"method", method}, {"reason", reason}}).Increment();
}

void ServingMetrics::OnDrawsSent(const std::string&, std::int64_t draws) {
  streams_.AddDraws(static_cast<double>(draws));
}

void ServingMetrics::OnFirstDraw(absl::Duration after) { streams_.FirstDraw(after); }

void ServingMetrics::OnStall(absl::Duration stood) { streams_.Stall(stood); }

void ServingMetrics::OnStreamFinished(const char* reason, absl::Duration took) {
  streams_.Finished(reason, took);
}

}  // namespace cae
