// Where gRPC's own log lines go.
#ifndef CAE_SERVER_GRPC_LOG_H_
#define CAE_SERVER_GRPC_LOG_H_

namespace cae {

/// Makes gRPC log through spdlog, so that stderr has one format. Call before gRPC is used.
void ForwardGrpcLog();

}  // namespace cae

#endif  // CAE_SERVER_GRPC_LOG_H_
