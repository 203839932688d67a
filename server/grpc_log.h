// Where the log lines of gRPC and of protobuf go.
#ifndef CAE_SERVER_GRPC_LOG_H_
#define CAE_SERVER_GRPC_LOG_H_

namespace cae {

/// Makes gRPC, and protobuf below it, log through spdlog, so that stderr has one format whatever
/// peers send. Call before gRPC is used.
void ForwardGrpcLog();

}  // namespace cae

#endif  // CAE_SERVER_GRPC_LOG_H_
