// Making the grpc::Server of the inference listener.
#ifndef CAE_SERVER_GRPC_LISTENER_H_
#define CAE_SERVER_GRPC_LISTENER_H_

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/support/server_interceptor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cae/v1/server_config.pb.h"

namespace cae {

/// A server that runs, and the address with the port really bound.
struct GrpcListener {
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

/// Starts to serve. The services must outlive the server, what the interceptors refer to as well.
/// `max_request_bytes` bounds a request message. UNAVAILABLE, with what to do, if the address
/// cannot be had. `config` is checked and complete.
absl::StatusOr<GrpcListener> StartGrpcListener(
    const v1::ServerConfig& config, std::int64_t max_request_bytes,
    const std::vector<grpc::Service*>& services,
    std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> interceptors);

}  // namespace cae

#endif  // CAE_SERVER_GRPC_LISTENER_H_
