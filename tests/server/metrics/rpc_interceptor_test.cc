// Every RPC is counted once, however it ends.
#include "server/metrics/rpc_interceptor.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace cae {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

/// Check answers with the code that the request names; Watch sends that many messages.
class FakeHealth final : public Health::CallbackService {
 public:
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const HealthCheckRequest* request,
                                  HealthCheckResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status(static_cast<grpc::StatusCode>(std::stoi(request->service())), ""));
    return reactor;
  }

  grpc::ServerWriteReactor<HealthCheckResponse>* Watch(grpc::CallbackServerContext*,
                                                       const HealthCheckRequest* request) override {
    class Writer final : public grpc::ServerWriteReactor<HealthCheckResponse> {
     public:
      explicit Writer(int left) : left_(left) { Next(); }
      void OnWriteDone(bool ok) override { ok ? Next() : Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }

     private:
      void Next() {
        if (left_-- > 0) {
          StartWrite(&response_);
        } else {
          Finish(grpc::Status::OK);
        }
      }
      int left_;
      HealthCheckResponse response_;
    };
    return new Writer(std::stoi(request->service()));
  }
};

class RpcInterceptorTest : public ::testing::Test {
 protected:
  RpcInterceptorTest() {
    spdlog::set_level(spdlog::level::off);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(1024);
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
    factories.push_back(std::make_unique<RpcInterceptorFactory>(metrics_));
    builder.experimental().SetInterceptorCreators(std::move(factories));
    server_ = builder.BuildAndStart();
    stub_ = Health::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }

  static std::unique_ptr<grpc::ClientContext> ClientCall() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return context;
  }

  grpc::Status Check(const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    return stub_->Check(ClientCall().get(), request, &response);
  }

  /// Ends the server, so that nothing counts any more.
  void Stop() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }

  double Value(const std::string& family, const std::string& label = "") {
    double sum = 0;
    for (const prometheus::MetricFamily& found : registry_.Collect()) {
      if (found.name != family) continue;
      for (const prometheus::ClientMetric& metric : found.metric) {
        bool matches = label.empty();
        for (const auto& pair : metric.label) matches |= pair.value == label;
        if (matches)
          sum += metric.counter.value + static_cast<double>(metric.histogram.sample_count);
      }
    }
    return sum;
  }

  prometheus::Registry registry_;
  RpcMetrics metrics_{registry_, {"grpc.health.v1.Health"}};
  FakeHealth service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(RpcInterceptorTest, CountsEachCodeUnderItsName) {
  const std::vector<std::string> names = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  for (std::size_t code = 0; code < names.size(); ++code) {
    EXPECT_EQ(Check(std::to_string(code)).error_code(), static_cast<grpc::StatusCode>(code));
  }
  Stop();
  for (const std::string& name : names) {
    EXPECT_EQ(Value("grpc_server_handled_total", name), 1) << name;
  }
  EXPECT_EQ(Value("grpc_server_started_total"), 17);
  EXPECT_EQ(Value("grpc_server_handling_seconds"), 17);
  EXPECT_EQ(Value("grpc_server_msg_received_total"), 17);
  EXPECT_EQ(Value("grpc_server_msg_sent_total"), 1) << "an error has no message";
}

TEST_F(RpcInterceptorTest, CountsTheMessagesOfAStreamAndNoHandlingTime) {
  HealthCheckRequest request;
  request.set_service("5");
  const auto context = ClientCall();
  const auto reader = stub_->Watch(context.get(), request);
  HealthCheckResponse response;
  while (reader->Read(&response)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  Stop();
  EXPECT_EQ(Value("grpc_server_msg_sent_total", "Watch"), 5);
  EXPECT_EQ(Value("grpc_server_msg_received_total", "Watch"), 1);
  EXPECT_EQ(Value("grpc_server_handled_total", "Watch"), 1);
  EXPECT_EQ(Value("grpc_server_handling_seconds"), 0);
}

TEST_F(RpcInterceptorTest, CountsABrokenStreamOnce) {
  for (int i = 0; i < 50; ++i) {
    HealthCheckRequest request;
    request.set_service("1000000000");
    const auto context = ClientCall();
    const auto reader = stub_->Watch(context.get(), request);
    HealthCheckResponse response;
    if (i % 2 == 0) {
      EXPECT_TRUE(reader->Read(&response));
    }
    context->TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  Stop();
  EXPECT_EQ(Value("grpc_server_started_total"), Value("grpc_server_handled_total"));
  EXPECT_GE(Value("grpc_server_started_total"), 25) << "those that were read from";
  EXPECT_EQ(Value("grpc_server_handled_total", "Unimplemented"), 0)
      << "what gRPC says of a request that did not arrive";
}

TEST_F(RpcInterceptorTest, CountsAMessageThatIsTooLargeNotAtAllOrOnce) {
  EXPECT_EQ(Check(std::string(2000, '1')).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  Stop();
  EXPECT_EQ(Value("grpc_server_started_total"), Value("grpc_server_handled_total"));
}

TEST_F(RpcInterceptorTest, CountsCallsFromManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 200; ++i) Check("0");
    });
  }
  for (std::thread& thread : threads) thread.join();
  Stop();
  EXPECT_EQ(Value("grpc_server_handled_total", "OK"), 800);
}

}  // namespace
}  // namespace cae
