// How the program starts: the ready line, the exit codes, and models that cannot be loaded.
#include <gmock/gmock.h>
#include <signal.h>

#include "absl/strings/str_split.h"
#include "cae/v1/cae_service.grpc.pb.h"
#include "cae/v1/model_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/server/process/process_fixture.h"

namespace cae::testing {
namespace {

using grpc::health::v1::HealthCheckResponse;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class StartTest : public ProcessFixture {
 protected:
  HealthCheckResponse::ServingStatus Health(const std::string& name) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    HealthCheckResponse response;
    const auto stub = grpc::health::v1::Health::NewStub(channel_);
    const grpc::Status status = stub->Check(ClientCall().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  v1::Model GetModel(const std::string& name) {
    v1::GetModelRequest request;
    request.mutable_model()->set_name(name);
    v1::GetModelResponse response;
    const auto stub = v1::ModelService::NewStub(channel_);
    const grpc::Status status = stub->GetModel(ClientCall().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.model();
  }

  int StopWithSigterm() {
    server_->Signal(SIGTERM);
    return server_->Wait();
  }
};

TEST_F(StartTest, TellsInOneLineOfJsonWhereItListensAndWhatItServes) {
  repository_.Add("b", 1);
  repository_.Add("a", 3);
  Start();
  std::vector<std::string> keys;
  for (const auto& item : ready_.items()) keys.push_back(item.key());
  EXPECT_THAT(keys, ::testing::ElementsAre("event", "listen", "metrics_listen", "models"));
  EXPECT_EQ(ready_["event"], "ready");
  EXPECT_THAT(ready_["listen"].get<std::string>(),
              AllOf(HasSubstr("127.0.0.1:"), Not(HasSubstr(":0"))));
  EXPECT_THAT(ready_["metrics_listen"].get<std::string>(),
              AllOf(HasSubstr("127.0.0.1:"), Not(HasSubstr(":0"))));
  EXPECT_EQ(ready_["models"], nlohmann::ordered_json({"a", "b"}));
  EXPECT_EQ(Health(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health("a"), HealthCheckResponse::SERVING);
  EXPECT_EQ(StopWithSigterm(), 0);
  EXPECT_EQ(server_->ReadAll(), "") << "stdout is for the ready line alone";
}

TEST_F(StartTest, AnswersWithAModelFromTheRepository) {
  repository_.Add("tiny", 1);
  Start();
  v1::EncodeRequest request;
  request.mutable_model()->set_name("tiny");
  for (const std::int64_t size : {1, 6}) request.mutable_inputs()->add_shape(size);
  for (int i = 0; i < 6; ++i) request.mutable_inputs()->add_values(0.5f);
  v1::EncodeResponse response;
  const grpc::Status status =
      v1::CaeService::NewStub(channel_)->Encode(ClientCall().get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(response.codes().values(), ::testing::SizeIs(4));
}

TEST_F(StartTest, ServesTheVersionsAndLabelsOfItsConfiguration) {
  for (const std::int64_t version : {1, 2, 3}) repository_.Add("tiny", version);
  repository_.Add("other", 1);
  const std::string file = repository_.AddFile("server.textproto", R"(
      repository {
        only: "tiny"
        version_policy { specific { versions: 1 versions: 2 } }
        models { name: "tiny" labels { label: "stable" version: 1 } }
      })");
  Start({"--config", file});
  EXPECT_EQ(ready_["models"], nlohmann::ordered_json({"tiny"}));
  EXPECT_EQ(GetModel("tiny").version(), 2);
  const auto stub = v1::ModelService::NewStub(channel_);
  v1::GetModelRequest request;
  request.mutable_model()->set_name("tiny");
  request.mutable_model()->set_label("stable");
  v1::GetModelResponse response;
  ASSERT_TRUE(stub->GetModel(ClientCall().get(), request, &response).ok());
  EXPECT_EQ(response.model().version(), 1);
  request.mutable_model()->set_version(3);
  ASSERT_TRUE(stub->GetModel(ClientCall().get(), request, &response).ok());
  EXPECT_EQ(response.model().state(), v1::MODEL_STATE_UNLOADED);
}

TEST_F(StartTest, RefusesToStartWithoutAModelThatItWasToldToServe) {
  repository_.Add("tiny", 1);
  ServerProcess server(Flags({"--model=tiny", "--model=tinny"}));
  EXPECT_EQ(server.Wait(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("'tinny'"));
}

TEST_F(StartTest, PinsTheInstructionSet) {
  repository_.Add("tiny", 1);
  Start({"--isa=sse41"});
  EXPECT_THAT(server_->Log(), HasSubstr("instruction set sse41"));
}

TEST_F(StartTest, TakesRequestsUpToTheirLimitOfBytes) {
  repository_.Add("tiny", 1);
  v1::EncodeRequest request;
  request.mutable_model()->set_name("tiny");
  for (const std::int64_t size : {3000, 6}) request.mutable_inputs()->add_shape(size);
  request.mutable_inputs()->set_data(std::string(3000 * 6 * sizeof(float), '\0'));
  const auto encode = [&] {
    v1::EncodeResponse response;
    return v1::CaeService::NewStub(channel_)
        ->Encode(ClientCall().get(), request, &response)
        .error_code();
  };
  Start();
  EXPECT_EQ(encode(), grpc::StatusCode::OK);
  Start({"--max-request-bytes=65536"});
  EXPECT_EQ(encode(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(StartTest, HasNoMetricsListenerInTheReadyLineWhereThereIsNone) {
  repository_.Add("tiny", 1);
  Start({"--metrics-listen="});
  EXPECT_FALSE(ready_.contains("metrics_listen")) << ready_line_;
}

TEST_F(StartTest, ServesTheGoodModelsBesideABrokenOneAndNamesTheBrokenOne) {
  repository_.Add("good", 1);
  const std::string path = repository_.Add("bad", 2);
  std::string bytes = FileContents(path);
  // The last number of the file becomes a NaN.
  bytes.replace(bytes.size() - 4, 4, std::string("\xff\xff\xff\x7f", 4));
  repository_.AddFile("bad/2/model.safetensors", bytes);
  Start();
  EXPECT_EQ(ready_["models"], nlohmann::ordered_json({"good"}));
  EXPECT_EQ(Health("good"), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health("bad"), HealthCheckResponse::NOT_SERVING);
  const v1::Model model = GetModel("bad");
  EXPECT_EQ(model.state(), v1::MODEL_STATE_FAILED);
  EXPECT_THAT(model.state_message(), HasSubstr("bad/2/model.safetensors"));
  EXPECT_THAT(model.state_message(), HasSubstr("tensor"));
  EXPECT_THAT(model.state_message(), Not(HasSubstr(repository_.root())));
  EXPECT_THAT(server_->Log(), HasSubstr(model.state_message().substr(0, 20)));
  EXPECT_EQ(StopWithSigterm(), 0);
}

TEST_F(StartTest, ExitsWithOneWhereNoModelCanBeServed) {
  repository_.AddFile("bad/1/model.safetensors", "no model");
  ServerProcess server(Flags());
  EXPECT_EQ(server.Wait(), 1);
  EXPECT_EQ(server.ReadAll(), "");
  EXPECT_THAT(server.Log(), HasSubstr("bad/1/model.safetensors"));
  EXPECT_THAT(server.Log(), HasSubstr("--start-without-models"));
}

TEST_F(StartTest, StartsWithoutModelsWhereItIsToldTo) {
  Start({"--start-without-models"});
  EXPECT_THAT(ready_["models"], IsEmpty());
  EXPECT_EQ(Health(""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(StopWithSigterm(), 0);
}

TEST_F(StartTest, ExitsWithOneAndSaysWhatToDoWhereTheAddressIsTaken) {
  repository_.Add("tiny", 1);
  Start();
  ServerProcess second(Flags({absl::StrCat("--listen=", ready_["listen"].get<std::string>())}));
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.Log(), HasSubstr(ready_["listen"].get<std::string>()));
  EXPECT_THAT(second.Log(), HasSubstr("choose another address with --listen"));
  const std::string metrics = ready_["metrics_listen"].get<std::string>();
  ServerProcess third(Flags({absl::StrCat("--metrics-listen=", metrics)}));
  EXPECT_EQ(third.Wait(), 1);
  EXPECT_THAT(third.Log(), HasSubstr("choose another with --metrics-listen"));
}

TEST_F(StartTest, ExitsWithTwoAndListsEveryProblemOfABadCommandLine) {
  ServerProcess server({"--max-rows=0", "--no-such-flag", "--threads", "many"});
  EXPECT_EQ(server.Wait(), 2);
  for (const char* problem : {"--max-rows", "--no-such-flag", "--threads"}) {
    EXPECT_THAT(server.Log(), HasSubstr(problem));
  }
}

TEST_F(StartTest, ExitsWithTwoWhereTheConfigurationIsBad) {
  const std::string file = repository_.AddFile("server.textproto", "tls {} limits { max_rows: 0 }");
  ServerProcess server({"--config", file});
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Log(), HasSubstr("tls: not supported"));
  EXPECT_THAT(server.Log(), HasSubstr("limits.max_rows"));
}

TEST_F(StartTest, ChecksAConfigurationWithoutServing) {
  const std::string good = repository_.AddFile("good.textproto", "limits { max_rows: 17 }");
  const std::string bad = repository_.AddFile("bad.textproto", "limits { max_rows: 0 }");
  ServerProcess first({"--config", good, "--check-config"});
  EXPECT_EQ(first.Wait(), 0) << first.Log();
  ServerProcess second({"--config", bad, "--check-config"});
  EXPECT_EQ(second.Wait(), 2);
}

TEST_F(StartTest, PrintsHelpAndVersionOnStandardOutput) {
  ServerProcess help({"--help"});
  EXPECT_EQ(help.Wait(), 0);
  EXPECT_THAT(help.ReadAll(), AllOf(HasSubstr("--repository"), HasSubstr("127.0.0.1:50051")));
  ServerProcess version({"--version"});
  EXPECT_EQ(version.Wait(), 0);
  EXPECT_THAT(version.ReadAll(), ::testing::StartsWith("cae-server "));
}

TEST_F(StartTest, WritesEveryLineOfItsLogAsJson) {
  repository_.Add("tiny", 1);
  Start();
  v1::EncodeRequest request;
  request.mutable_model()->set_name("\xff");  // no UTF-8, of which protobuf complains by itself
  v1::EncodeResponse response;
  EXPECT_FALSE(
      v1::CaeService::NewStub(channel_)->Encode(ClientCall().get(), request, &response).ok());
  EXPECT_EQ(StopWithSigterm(), 0);
  const std::vector<std::string> lines = absl::StrSplit(server_->Log(), '\n', absl::SkipEmpty());
  std::vector<bool> parsed;
  for (const std::string& line : lines) parsed.push_back(nlohmann::json::accept(line));
  EXPECT_GT(lines.size(), 3u);
  EXPECT_THAT(parsed, Each(true)) << server_->Log();
}

}  // namespace
}  // namespace cae::testing
