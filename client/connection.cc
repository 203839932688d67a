#include "client/connection.h"

#include <utility>

#include "client/resuming_sample_reader.h"
#include "client/retry_loop.h"

namespace cae {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class RetryingConnection final : public Connection {
 public:
  RetryingConnection(std::shared_ptr<Stub> stub, const ConnectionOptions& options,
                     std::shared_ptr<RetryEnvironment> environment)
      : stub_(std::move(stub)), options_(options), environment_(std::move(environment)) {}

  absl::StatusOr<v1::EncodeResponse> Encode(const v1::EncodeRequest& request) override {
    return Retry(&Stub::Encode, request);
  }
  absl::StatusOr<v1::DecodeResponse> Decode(const v1::DecodeRequest& request) override {
    return Retry(&Stub::Decode, request);
  }
  absl::StatusOr<v1::ReconstructResponse> Reconstruct(
      const v1::ReconstructRequest& request) override {
    return Retry(&Stub::Reconstruct, request);
  }
  absl::StatusOr<v1::TangentsResponse> Tangents(const v1::TangentsRequest& request) override {
    return Retry(&Stub::Tangents, request);
  }
  absl::StatusOr<v1::ClassifyResponse> Classify(const v1::ClassifyRequest& request) override {
    return Retry(&Stub::Classify, request);
  }
  std::unique_ptr<SampleReader> Sample(const v1::SampleRequest& request,
                                       absl::Duration timeout) override {
    return std::make_unique<ResumingSampleReader>(stub_, request, environment_->Now() + timeout,
                                                  options_.retry, environment_);
  }
  absl::StatusOr<v1::ListModelsResponse> ListModels(const v1::ListModelsRequest& request) override {
    return Retry(&Stub::ListModels, request);
  }
  absl::StatusOr<v1::GetModelResponse> GetModel(const v1::GetModelRequest& request) override {
    return Retry(&Stub::GetModel, request);
  }
  absl::StatusOr<HealthCheckResponse> CheckHealth(const HealthCheckRequest& request) override {
    return stub_->CheckHealth({.deadline = environment_->Now() + options_.timeout}, request);
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Retry(absl::StatusOr<Response> (Stub::*method)(const CallOptions&,
                                                                          const Request&),
                                 const Request& request) {
    const absl::Time deadline = environment_->Now() + options_.timeout;
    RetryLoop loop(options_.retry, deadline, *environment_);
    for (;;) {
      absl::StatusOr<Response> response = ((*stub_).*method)({.deadline = deadline}, request);
      if (response.ok()) return response;
      if (!loop.WaitToRetry(response.status())) return loop.Final(response.status());
    }
  }

  const std::shared_ptr<Stub> stub_;
  const ConnectionOptions options_;
  const std::shared_ptr<RetryEnvironment> environment_;
};

}  // namespace

std::unique_ptr<Connection> MakeConnection(std::shared_ptr<Stub> stub,
                                           const ConnectionOptions& options,
                                           std::shared_ptr<RetryEnvironment> environment) {
  return std::make_unique<RetryingConnection>(std::move(stub), options, std::move(environment));
}

}  // namespace cae
