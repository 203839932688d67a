#include "server/services/health_service.h"

#include <optional>
#include <utility>

namespace cae {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::health::v1::HealthListRequest;
using grpc::health::v1::HealthListResponse;

/// A probe asks for a handful of names; a list beyond this is no probe's.
constexpr std::size_t kMostListed = 1000;

grpc::Status ShuttingDown() {
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is shutting down");
}

}  // namespace

/// One open Watch. One operation of gRPC is under way at a time: whoever sets `busy_` starts it,
/// and its reaction clears it or starts the next. gRPC is called with no lock held.
///
/// Owned by the service's set until OnDone, the last that gRPC calls; others who hold it then find
/// it finished.
class HealthService::Watcher final : public grpc::ServerWriteReactor<HealthCheckResponse>,
                                     public std::enable_shared_from_this<Watcher> {
 public:
  Watcher(HealthService& service, std::string name) : service_(service), name_(std::move(name)) {}

  /// The status may have changed: sends it if so.
  void Wake() { Act(); }
  /// Sends the status if it changed, and then nothing more: the call ends.
  void End(const grpc::Status& status) {
    {
      MutexLock lock(mutex_);
      if (!end_.has_value()) end_ = status;
    }
    Act();
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(mutex_);
      busy_ = false;
      if (!ok) broken_ = true;
    }
    Act();
  }
  void OnCancel() override {
    {
      MutexLock lock(mutex_);
      broken_ = true;
    }
    Act();
  }
  void OnDone() override { service_.Forget(shared_from_this()); }

 private:
  enum class Action { kNone, kWrite, kFinish };

  /// Does what is to be done next: decided under the lock, done without it.
  void Act() {
    grpc::Status end = grpc::Status::CANCELLED;
    switch (Decide(end)) {
      case Action::kNone:
        break;
      case Action::kWrite:
        StartWrite(&message_);
        break;
      case Action::kFinish:
        Finish(end);
        break;
    }
  }

  Action Decide(grpc::Status& end) {
    MutexLock lock(mutex_);
    if (finished_ || busy_) return Action::kNone;  // OnWriteDone looks again
    // The service's lock within ours; the service calls watchers without holding its own.
    const ServingStatus status = service_.StatusOf(name_);
    if (!broken_ && sent_ != status) {
      busy_ = true;
      sent_ = status;
      message_.set_status(status);
      return Action::kWrite;
    }
    if (!broken_ && !end_.has_value()) return Action::kNone;
    finished_ = true;
    if (!broken_) end = *end_;
    return Action::kFinish;
  }

  HealthService& service_;
  const std::string name_;
  Mutex mutex_;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  ///< nobody can be told anything any more
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
  std::optional<ServingStatus> sent_ ABSL_GUARDED_BY(mutex_);
  HealthCheckResponse message_;  ///< gRPC's while busy_
};

HealthService::HealthService() = default;
HealthService::~HealthService() = default;

void HealthService::SetServing(const std::string& name, bool serving) {
  Watchers watchers;
  {
    MutexLock lock(mutex_);
    statuses_[name] =
        serving && !frozen_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
    watchers = watchers_;
  }
  Wake(watchers);
}

void HealthService::SetAllNotServing() {
  Watchers watchers;
  {
    MutexLock lock(mutex_);
    frozen_ = true;
    for (auto& [name, status] : statuses_) status = HealthCheckResponse::NOT_SERVING;
    watchers = watchers_;
  }
  Wake(watchers);
}

void HealthService::EndWatches(std::chrono::nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  Watchers watchers;
  {
    MutexLock lock(mutex_);
    ending_ = true;
    watchers = watchers_;
  }
  for (const auto& watcher : watchers) watcher->End(ShuttingDown());
  watchers.clear();
  MutexLock lock(mutex_);
  while (!watchers_.empty()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero()) return;
    no_watchers_.WaitFor(mutex_, left);
  }
}

void HealthService::Wake(const Watchers& watchers) {
  for (const auto& watcher : watchers) watcher->Wake();
}

HealthService::ServingStatus HealthService::StatusOf(const std::string& name) const {
  MutexLock lock(mutex_);
  const auto found = statuses_.find(name);
  return found == statuses_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
}

void HealthService::Forget(const std::shared_ptr<Watcher>& watcher) {
  MutexLock lock(mutex_);
  watchers_.erase(watcher);
  if (watchers_.empty()) no_watchers_.NotifyAll();
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const ServingStatus status = StatusOf(request->service());
  response->set_status(status);
  reactor->Finish(status == HealthCheckResponse::SERVICE_UNKNOWN
                      ? grpc::Status(grpc::StatusCode::NOT_FOUND,
                                     "no such service; \"\" is the server, and each model has its "
                                     "name")
                      : grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* HealthService::List(grpc::CallbackServerContext* context,
                                              const HealthListRequest*,
                                              HealthListResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  bool too_many = false;
  {
    MutexLock lock(mutex_);
    too_many = statuses_.size() > kMostListed;
    for (const auto& [name, status] : statuses_) {
      if (!too_many) (*response->mutable_statuses())[name].set_status(status);
    }
  }
  reactor->Finish(too_many ? grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                                          "more models than fit into one list; use Check")
                           : grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext*, const HealthCheckRequest* request) {
  auto watcher = std::make_shared<Watcher>(*this, request->service());
  bool ending = false;
  {
    MutexLock lock(mutex_);
    watchers_.insert(watcher);
    ending = ending_;
  }
  // Before gRPC knows the reactor; it keeps what is started until then.
  if (ending) {
    watcher->End(ShuttingDown());
  } else {
    watcher->Wake();
  }
  return watcher.get();
}

}  // namespace cae
