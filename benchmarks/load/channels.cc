#include "benchmarks/load/channels.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace cae::benchmarks {

absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> Connect(const std::string& target,
                                                                    int count,
                                                                    absl::Duration timeout) {
  if (!absl::StartsWith(target, "127.0.0.1:") && !absl::StartsWith(target, "[::1]:") &&
      !absl::StartsWith(target, "localhost:")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the target '", target, "' is not on the loopback of this machine (127.0.0.1:PORT)"));
  }
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  }
  const auto deadline = absl::ToChronoTime(absl::Now() + timeout);
  for (const auto& channel : channels) {
    if (!channel->WaitForConnected(deadline)) {
      return absl::UnavailableError(absl::StrCat("nothing listens on ", target));
    }
  }
  return channels;
}

}  // namespace cae::benchmarks
