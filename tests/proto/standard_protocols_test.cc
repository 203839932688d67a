// The standard protocols beside ours: that each descriptor is registered once in a program that
// links gRPC, its reflection library and our generated code, and that they can be served.
#include <google/protobuf/descriptor.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "cae/v1/cae_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "inference/open_inference_grpc.grpc.pb.h"

namespace cae {
namespace {

class AlwaysServing final : public grpc::health::v1::Health::CallbackService {
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* /*request*/,
                                  grpc::health::v1::HealthCheckResponse* response) override {
    response->set_status(grpc::health::v1::HealthCheckResponse::SERVING);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

TEST(StandardProtocolsTest, OwnHealthServiceRunsBesideReflection) {
  grpc::EnableDefaultHealthCheckService(false);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  AlwaysServing health;
  v1::CaeService::CallbackService cae_service;
  inference::GRPCInferenceService::CallbackService inference_service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&health).RegisterService(&cae_service);
  builder.RegisterService(&inference_service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);

  const auto stub = grpc::health::v1::Health::NewStub(server->InProcessChannel({}));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

TEST(StandardProtocolsTest, EveryDescriptorIsKnown) {
  // Touches the generated code, without which a static library leaves its descriptors out.
  google::rpc::Status::descriptor();
  google::rpc::RetryInfo::descriptor();
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* name :
       {"cae.v1.CaeService.Sample", "grpc.health.v1.Health.Watch", "google.rpc.Status.details",
        "google.rpc.RetryInfo.retry_delay", "inference.GRPCInferenceService.ModelInfer",
        "grpc.reflection.v1alpha.ServerReflection"}) {
    EXPECT_NE(pool->FindFileContainingSymbol(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace cae
