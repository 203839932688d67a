// What sees every RPC from its beginning to its status: counts it and logs it.
#ifndef CAE_SERVER_METRICS_RPC_INTERCEPTOR_H_
#define CAE_SERVER_METRICS_RPC_INTERCEPTOR_H_

#include <grpcpp/support/server_interceptor.h>

#include "server/metrics/rpc_metrics.h"

namespace cae {

/// Makes one interceptor an RPC. Each RPC is counted once as started and once as handled, with the
/// status that the server sent, or CANCELLED where it ended without one. Logs a line an RPC:
/// failures at the level info, the rest at debug. Thread-safe; `metrics` must outlive the server.
class RpcInterceptorFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit RpcInterceptorFactory(const RpcMetrics& metrics) : metrics_(metrics) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  const RpcMetrics& metrics_;
};

}  // namespace cae

#endif  // CAE_SERVER_METRICS_RPC_INTERCEPTOR_H_
