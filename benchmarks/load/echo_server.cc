// echo_server: the floor under every Encode call. It takes the bytes of a request and answers with
// as many bytes as it was told, without looking at either: what gRPC itself costs on this machine.
//
//   build/release/bin/echo_server --response-bytes 4100
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cae/v1/cae_service.grpc.pb.h"
#include "core/base/mutex_checks.h"

namespace cae::benchmarks {
namespace {

class EchoService : public v1::CaeService::WithRawCallbackMethod_Encode<v1::CaeService::Service> {
 public:
  explicit EchoService(std::size_t bytes) {
    grpc::Slice slice(std::string(bytes, 'x'));
    response_ = grpc::ByteBuffer(&slice, 1);
  }

  grpc::ServerUnaryReactor* Encode(grpc::CallbackServerContext* context, const grpc::ByteBuffer*,
                                   grpc::ByteBuffer* response) override {
    *response = response_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  grpc::ByteBuffer response_;
};

int Main(int argc, char** argv) {
  SwitchMutexChecksOff();
  CLI::App app("Answers Encode calls with bytes that mean nothing. Ends on SIGTERM.");
  std::string listen = "127.0.0.1:0";
  std::size_t bytes = 4100;
  app.add_option("--listen", listen, "Address; port 0 takes a free one")->capture_default_str();
  app.add_option("--response-bytes", bytes, "Size of an answer")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  // Blocked before any thread starts, so that sigwait() alone gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  EchoService service(bytes);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(-1);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    std::fprintf(stderr, "echo_server: cannot listen on %s\n", listen.c_str());
    return 1;
  }
  const std::string address = listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
  std::printf("%s\n", nlohmann::json({{"event", "ready"}, {"listen", address}}).dump().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}

}  // namespace
}  // namespace cae::benchmarks

int main(int argc, char** argv) { return cae::benchmarks::Main(argc, argv); }
