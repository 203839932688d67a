#include "server/grpc_listener.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/config/listen_address.h"

namespace cae {
namespace {

/// Takes reflection away: the library puts its plugin into every server of the process when it is
/// loaded.
class NoReflectionOption final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const std::string reflection = grpc::reflection::ProtoServerReflectionPlugin().name();
    std::erase_if(*plugins, [&](const auto& plugin) { return plugin->name() == reflection; });
  }
};

int Milliseconds(double seconds) { return static_cast<int>(seconds * 1000); }

void AddConnectionArguments(const v1::ConnectionConfig& config, grpc::ServerBuilder& builder) {
  // Otherwise a second server would share the port in silence, and get every other connection.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, config.max_concurrent_streams());
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS,
                             Milliseconds(config.keepalive_interval_seconds()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             Milliseconds(config.keepalive_timeout_seconds()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(config.min_ping_interval_seconds()));
  builder.SetResourceQuota(grpc::ResourceQuota("cae-server")
                               .Resize(static_cast<std::size_t>(config.memory_quota_bytes())));
}

}  // namespace

absl::StatusOr<GrpcListener> StartGrpcListener(
    const v1::ServerConfig& config, std::int64_t max_request_bytes,
    const std::vector<grpc::Service*>& services,
    std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> interceptors) {
  CAE_ASSIGN_OR_RETURN(ListenAddress address, ListenAddress::Parse(config.listen()));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address.ToString(), grpc::InsecureServerCredentials(), &port);
  AddConnectionArguments(config.connections(), builder);
  builder.SetMaxReceiveMessageSize(static_cast<int>(max_request_bytes));
  builder.SetMaxSendMessageSize(-1);  // the limits of the card bound them
  for (grpc::Service* service : services) builder.RegisterService(service);
  if (config.reflection()) {
    // Reflection is the one service with threads of its own; it needs few.
    builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  } else {
    builder.SetOption(std::make_unique<NoReflectionOption>());
  }
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::move(interceptors));
  builder.experimental().SetInterceptorCreators(std::move(factories));
  GrpcListener listener;
  listener.server = builder.BuildAndStart();
  if (listener.server == nullptr || port == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", config.listen(),
                     ": another program has it, or it is no address of this machine; end that "
                     "program, or choose "
                     "another address with --listen (port 0 takes any free port)"));
  }
  address.port = port;
  listener.address = address.ToString();
  return listener;
}

}  // namespace cae
