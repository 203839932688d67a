#include "server/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "server/build_info.h"
#include "server/config/config_check.h"
#include "server/config/instruction_set.h"
#include "server/grpc_listener.h"
#include "server/metrics/rpc_interceptor.h"
#include "server/model_loading.h"

namespace cae {
namespace {

constexpr std::int64_t kMinRequestBytes = std::int64_t{4} << 20;
constexpr std::int64_t kMaxRequestBytes = std::int64_t{1} << 30;
constexpr std::int64_t kRequestOverhead = 65536;  ///< names, shapes and the rest of a message

/// What abandoned calls and ended Watches get to send their statuses. It passes in full only where
/// a client does not read.
constexpr absl::Duration kLastWords = absl::Milliseconds(500);
/// What calls that we do not count (model cards, reflection) get to finish. Connections without a
/// call hold a shutdown up until then, so it is short.
constexpr std::chrono::milliseconds kUncountedCalls{50};

Executor::Options ExecutorOptions(const v1::ServerConfig& config, ServingObserver& observer) {
  Executor::Options options;
  options.threads = config.compute().threads();
  options.observer = &observer;
  return options;
}

std::vector<std::string> ServiceNames(const v1::ServerConfig& config) {
  std::vector<std::string> names = {"cae.v1.CaeService", "cae.v1.ModelService",
                                    "grpc.health.v1.Health"};
  if (config.reflection()) names.push_back("grpc.reflection.v1alpha.ServerReflection");
  return names;
}

void AddBuildInfo(const v1::ServerConfig& config, prometheus::Registry& registry) {
  prometheus::BuildGauge()
      .Name("cae_build_info")
      .Help("1; the labels say which build this is and which instruction set it uses.")
      .Register(registry)
      .Add({{"version", BuildVersion()},
            {"commit", BuildCommit()},
            {"isa", EffectiveInstructionSet(config.compute().isa())}})
      .Set(1);
}

}  // namespace

Server::Server(const v1::ServerConfig& config)
    : config_(config),
      metrics_registry_(std::make_shared<prometheus::Registry>()),
      process_collector_(std::make_shared<ProcessCollector>()),
      drain_collector_(std::make_shared<DrainCollector>(Clock::System())),
      serving_metrics_(*metrics_registry_),
      rpc_metrics_(*metrics_registry_, ServiceNames(config)),
      rows_(config.admission().max_rows()),
      chains_(config.admission().max_chains()),
      executor_(ExecutorOptions(config, serving_metrics_)),
      batcher_(executor_),
      scheduler_(executor_),
      context_{Clock::System(), registry_,  executor_, batcher_,
               scheduler_,      in_flight_, rows_,     chains_},
      model_service_(registry_),
      cae_service_(context_, &serving_metrics_) {
  AddBuildInfo(config, *metrics_registry_);
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const v1::ServerConfig& config) {
  spdlog::info("cae-server {} ({}), instruction set {}", BuildVersion(), BuildCommit(),
               EffectiveInstructionSet(config.compute().isa()));
  for (const std::string& warning : ConfigWarnings(config)) spdlog::warn(warning);
  std::unique_ptr<Server> server(new Server(config));
  // Before the models, so that a scrape can watch them load.
  CAE_RETURN_IF_ERROR(server->StartMetrics());
  CAE_RETURN_IF_ERROR(LoadModels(config, server->registry_, server->serving_metrics_));
  CAE_RETURN_IF_ERROR(server->StartServing());
  return server;
}

absl::Status Server::StartMetrics() {
  if (config_.metrics_listen().empty()) return absl::OkStatus();
  CAE_ASSIGN_OR_RETURN(metrics_listener_, MetricsListener::Start(config_.metrics_listen()));
  metrics_listener_->Add(metrics_registry_);
  metrics_listener_->Add(process_collector_);
  metrics_listener_->Add(drain_collector_);
  return absl::OkStatus();
}

absl::Status Server::StartServing() {
  const std::vector<std::string> ready = models();
  for (const VersionStatus& version : registry_.List()) {
    health_service_.SetServing(version.name,
                               std::binary_search(ready.begin(), ready.end(), version.name));
  }
  health_service_.SetServing("", !ready.empty());
  CAE_ASSIGN_OR_RETURN(GrpcListener listener,
                       StartGrpcListener(config_, MaxRequestBytes(),
                                         {&cae_service_, &model_service_, &health_service_},
                                         std::make_unique<RpcInterceptorFactory>(rpc_metrics_)));
  grpc_server_ = std::move(listener.server);
  listen_ = std::move(listener.address);
  spdlog::info("serving {} models on {} with {} compute threads", ready.size(), listen_,
               executor_.threads());
  return absl::OkStatus();
}

std::int64_t Server::MaxRequestBytes() const {
  const v1::LimitsConfig& limits = config_.limits();
  if (limits.max_request_bytes() > 0) return limits.max_request_bytes();
  std::int64_t widest = 0;
  for (const VersionStatus& version : registry_.List()) {
    if (version.servable == nullptr) continue;
    const Autoencoder& autoencoder = *version.servable->autoencoder;
    for (int layer = 0; layer <= autoencoder.layers(); ++layer) {
      widest = std::max<std::int64_t>(widest, autoencoder.units(layer));
    }
  }
  const std::int64_t rows = std::max(limits.max_rows(), limits.max_chains());
  const std::int64_t bytes = rows * widest * std::int64_t{sizeof(float)} + kRequestOverhead;
  return std::clamp(bytes, kMinRequestBytes, kMaxRequestBytes);
}

std::string Server::metrics_listen() const {
  return metrics_listener_ == nullptr ? "" : metrics_listener_->address();
}

std::vector<std::string> Server::models() const {
  std::vector<std::string> names;
  for (const VersionStatus& version : registry_.List()) {
    const bool known = !names.empty() && names.back() == version.name;
    if (version.state == VersionState::kReady && !known) names.push_back(version.name);
  }
  return names;
}

void Server::Drain() {
  Shutdown(absl::Seconds(config_.drain().lead_seconds()),
           absl::Seconds(config_.drain().grace_seconds()));
}

void Server::Shutdown(absl::Duration lead, absl::Duration grace) {
  if (grpc_server_ == nullptr) return;
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(grace);
  drain_collector_->Begin();
  spdlog::info("drain: health says NOT_SERVING; new work is refused in {} s",
               absl::ToDoubleSeconds(lead));
  health_service_.SetAllNotServing();
  std::this_thread::sleep_for(absl::ToChronoNanoseconds(lead));
  in_flight_.Close();
  scheduler_.ConcludeAll();
  spdlog::info("drain: new work is refused; waiting for {} requests", in_flight_.count());
  const auto left = std::max(deadline - std::chrono::steady_clock::now(),
                             std::chrono::steady_clock::duration::zero());
  if (!in_flight_.WaitUntilEmpty(left)) {
    spdlog::warn("drain: the grace period is over; cutting off {} requests", in_flight_.count());
  }
  // Abandoned work ends with a status of its own, which says more than a call cut off.
  executor_.Stop();
  in_flight_.WaitUntilEmpty(absl::ToChronoNanoseconds(kLastWords));
  health_service_.EndWatches(absl::ToChronoNanoseconds(kLastWords));
  spdlog::info("drain: closing the listener");
  grpc_server_->Shutdown(std::chrono::system_clock::now() + kUncountedCalls);
  grpc_server_->Wait();
  grpc_server_.reset();
  spdlog::info("drain: done");
}

Server::~Server() {
  Shutdown(absl::ZeroDuration(), absl::ZeroDuration());
  executor_.Stop();  // before what it runs goes, where nothing was ever served
}

}  // namespace cae
