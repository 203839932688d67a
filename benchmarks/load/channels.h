// Connections to the server under load.
#ifndef CAE_BENCHMARKS_LOAD_CHANNELS_H_
#define CAE_BENCHMARKS_LOAD_CHANNELS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cae::benchmarks {

/// `count` channels, each with a connection of its own, connected. INVALID_ARGUMENT for a target
/// that is not on this machine's loopback: nothing else is ever put under load. UNAVAILABLE where
/// nothing listens within `timeout`.
absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> Connect(const std::string& target,
                                                                    int count,
                                                                    absl::Duration timeout);

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_LOAD_CHANNELS_H_
