#include "server/metrics/rpc_interceptor.h"

#include <grpcpp/server_context.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string>

namespace cae {
namespace {

using grpc::experimental::InterceptionHookPoints;

/// Lives as long as the RPC. gRPC calls it from one thread at a time for each kind of operation;
/// what it counts with is thread-safe, and the status comes once.
class RpcInterceptor final : public grpc::experimental::Interceptor {
 public:
  RpcInterceptor(const RpcMetrics::Method& metrics, grpc::experimental::ServerRpcInfo& info)
      : metrics_(metrics), info_(info) {
    metrics_.started->Increment();
  }

  ~RpcInterceptor() override {
    // The call broke before it could be answered: nobody is left to send a status to.
    if (!handled_) Handled(grpc::StatusCode::CANCELLED);
  }

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        batch->GetRecvMessage() != nullptr) {
      metrics_.received->Increment();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      metrics_.sent->Increment();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS) && !handled_) {
      const grpc::Status status = batch->GetSendStatus();
      Handled(status.error_code());
      Log(status);
    }
    batch->Proceed();
  }

 private:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  void Handled(int code) {
    handled_ = true;
    if (code < 0 || code >= RpcMetrics::kCodes) code = grpc::StatusCode::UNKNOWN;
    metrics_.handled[code]->Increment();
    if (metrics_.seconds != nullptr) metrics_.seconds->Observe(Seconds());
  }

  void Log(const grpc::Status& status) const {
    const auto level = status.ok() ? spdlog::level::debug : spdlog::level::info;
    if (!spdlog::should_log(level)) return;
    spdlog::log(level, "rpc method={} code={} seconds={:.6f} peer={}{}{}", info_.method(),
                static_cast<int>(status.error_code()), Seconds(), info_.server_context()->peer(),
                status.ok() ? "" : " message=", status.error_message());
  }

  const RpcMetrics::Method& metrics_;
  grpc::experimental::ServerRpcInfo& info_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool handled_ = false;
};

}  // namespace

grpc::experimental::Interceptor* RpcInterceptorFactory::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  return new RpcInterceptor(metrics_.Find(info->method()), *info);
}

}  // namespace cae
