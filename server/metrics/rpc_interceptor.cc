#include "server/metrics/rpc_interceptor.h"

#include <grpcpp/server_context.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <string>

namespace cae {
namespace {

using grpc::experimental::InterceptionHookPoints;

/// Lives as long as the RPC. Its hooks come one after the other, but for the end of the call, which
/// may come beside the sending of the status.
class RpcInterceptor final : public grpc::experimental::Interceptor {
 public:
  RpcInterceptor(const RpcMetrics::Method& metrics, grpc::experimental::ServerRpcInfo& info)
      : metrics_(metrics), info_(info) {
    metrics_.started->Increment();
  }

  ~RpcInterceptor() override {
    // Nobody was left to send a status to. The context is no more, so there is nothing to log.
    if (!handled_) Count(grpc::StatusCode::CANCELLED);
  }

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        batch->GetRecvMessage() != nullptr) {
      metrics_.received->Increment();
      received_ = true;
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      metrics_.sent->Increment();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      OnStatus(batch->GetSendStatus());
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_CLOSE)) OnEnd();
    batch->Proceed();
  }

 private:
  void OnStatus(const grpc::Status& status) {
    // Where a request could not be read gRPC answers UNIMPLEMENTED, even if that is because the
    // client is gone. Only the end of the call shows which it was.
    if (status.error_code() != grpc::StatusCode::UNIMPLEMENTED || received_) {
      Handled(status);
    } else if (status_or_end_seen_.exchange(true)) {
      HandledUnread();
    }
  }

  void OnEnd() {
    // Second of the two only after a status that was left to it.
    if (status_or_end_seen_.exchange(true)) HandledUnread();
  }

  void HandledUnread() {
    Handled(info_.server_context()->IsCancelled()
                ? grpc::Status::CANCELLED
                : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
  }

  void Handled(const grpc::Status& status) {
    const int code = Count(status.error_code());
    const auto level = status.ok() ? spdlog::level::debug : spdlog::level::info;
    if (!spdlog::should_log(level)) return;
    spdlog::log(level, "rpc method={} code={} seconds={:.6f} peer={}{}{}", info_.method(),
                RpcMetrics::CodeName(code), Seconds(), info_.server_context()->peer(),
                status.ok() ? "" : " message=", status.error_message());
  }

  int Count(int code) {
    handled_ = true;
    if (code < 0 || code >= RpcMetrics::kCodes) code = grpc::StatusCode::UNKNOWN;
    metrics_.handled[code]->Increment();
    if (metrics_.seconds != nullptr) metrics_.seconds->Observe(Seconds());
    return code;
  }

  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const RpcMetrics::Method& metrics_;
  grpc::experimental::ServerRpcInfo& info_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool received_ = false;
  bool handled_ = false;
  std::atomic<bool> status_or_end_seen_ = false;
};

}  // namespace

grpc::experimental::Interceptor* RpcInterceptorFactory::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  return new RpcInterceptor(metrics_.Find(info->method()), *info);
}

}  // namespace cae
