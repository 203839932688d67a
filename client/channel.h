// Makes the gRPC channel that ClientOptions describe.
#ifndef CAE_CLIENT_CHANNEL_H_
#define CAE_CLIENT_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/status/statusor.h"
#include "client/client_options.h"

namespace cae {

/// Does not connect yet: whether the server is there shows at the first call. Errors: those of
/// ReadFile for certificates; INVALID_ARGUMENT for a certificate without its key, or a bearer token
/// that would cross a network in the clear.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ClientOptions& options);

}  // namespace cae

#endif  // CAE_CLIENT_CHANNEL_H_
