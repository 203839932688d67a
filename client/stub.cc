#include "client/stub.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "cae/v1/cae_service.grpc.pb.h"
#include "cae/v1/model_service.grpc.pb.h"
#include "client/retry_policy.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "proto/codec/status_codec.h"

namespace cae {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

void Prepare(const CallOptions& options, const std::string& token, grpc::ClientContext* context) {
  if (options.deadline != absl::InfiniteFuture()) {
    context->set_deadline(absl::ToChronoTime(options.deadline));
  }
  if (!token.empty()) context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
}

/// How a finished call went, its pushback trailer included.
absl::Status Outcome(const grpc::ClientContext& context, const grpc::Status& status) {
  absl::Status result = FromGrpcStatus(status);
  if (result.ok()) return result;
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto pushback = trailers.find(kPushbackTrailer);
  if (pushback == trailers.end()) return result;
  return WithPushbackTrailer(std::move(result),
                             absl::string_view(pushback->second.data(), pushback->second.size()));
}

class GrpcSampleReader final : public SampleReader {
 public:
  GrpcSampleReader(v1::CaeService::Stub& stub, const CallOptions& options, const std::string& token,
                   const v1::SampleRequest& request) {
    Prepare(options, token, &context_);
    reader_ = stub.Sample(&context_, request);
  }

  ~GrpcSampleReader() override {
    if (outcome_.has_value()) return;
    context_.TryCancel();
    // The library wants the stream read to its end before the context goes.
    v1::SampleResponse unread;
    while (reader_->Read(&unread)) continue;
    reader_->Finish();
  }

  absl::StatusOr<std::optional<v1::SampleResponse>> Read() override {
    if (!outcome_.has_value()) {
      v1::SampleResponse response;
      if (reader_->Read(&response)) return response;
      const grpc::Status status = reader_->Finish();
      outcome_ = Outcome(context_, status);
    }
    if (!outcome_->ok()) return *outcome_;
    return std::nullopt;
  }

  void Cancel() override { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SampleResponse>> reader_;
  std::optional<absl::Status> outcome_;  ///< set once the stream is over
};

class GrpcStub final : public Stub {
 public:
  GrpcStub(const std::shared_ptr<grpc::ChannelInterface>& channel, std::string token)
      : token_(std::move(token)),
        cae_(channel),
        models_(channel),
        health_(Health::NewStub(channel)) {}

  absl::StatusOr<v1::EncodeResponse> Encode(const CallOptions& options,
                                            const v1::EncodeRequest& request) override {
    return Call(options, cae_, &v1::CaeService::Stub::Encode, request);
  }
  absl::StatusOr<v1::DecodeResponse> Decode(const CallOptions& options,
                                            const v1::DecodeRequest& request) override {
    return Call(options, cae_, &v1::CaeService::Stub::Decode, request);
  }
  absl::StatusOr<v1::ReconstructResponse> Reconstruct(
      const CallOptions& options, const v1::ReconstructRequest& request) override {
    return Call(options, cae_, &v1::CaeService::Stub::Reconstruct, request);
  }
  absl::StatusOr<v1::TangentsResponse> Tangents(const CallOptions& options,
                                                const v1::TangentsRequest& request) override {
    return Call(options, cae_, &v1::CaeService::Stub::Tangents, request);
  }
  absl::StatusOr<v1::ClassifyResponse> Classify(const CallOptions& options,
                                                const v1::ClassifyRequest& request) override {
    return Call(options, cae_, &v1::CaeService::Stub::Classify, request);
  }
  std::unique_ptr<SampleReader> Sample(const CallOptions& options,
                                       const v1::SampleRequest& request) override {
    return std::make_unique<GrpcSampleReader>(cae_, options, token_, request);
  }
  absl::StatusOr<v1::ListModelsResponse> ListModels(const CallOptions& options,
                                                    const v1::ListModelsRequest& request) override {
    return Call(options, models_, &v1::ModelService::Stub::ListModels, request);
  }
  absl::StatusOr<v1::GetModelResponse> GetModel(const CallOptions& options,
                                                const v1::GetModelRequest& request) override {
    return Call(options, models_, &v1::ModelService::Stub::GetModel, request);
  }
  absl::StatusOr<HealthCheckResponse> CheckHealth(const CallOptions& options,
                                                  const HealthCheckRequest& request) override {
    return Call(options, *health_, &Health::Stub::Check, request);
  }

 private:
  template <typename Generated, typename Request, typename Response>
  absl::StatusOr<Response> Call(const CallOptions& options, Generated& generated,
                                grpc::Status (Generated::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    Prepare(options, token_, &context);
    Response response;
    const grpc::Status status = (generated.*method)(&context, request, &response);
    if (absl::Status outcome = Outcome(context, status); !outcome.ok()) return outcome;
    return response;
  }

  const std::string token_;
  v1::CaeService::Stub cae_;
  v1::ModelService::Stub models_;
  std::unique_ptr<Health::Stub> health_;
};

}  // namespace

std::unique_ptr<Stub> MakeStub(std::shared_ptr<grpc::ChannelInterface> channel,
                               std::string bearer_token) {
  return std::make_unique<GrpcStub>(channel, std::move(bearer_token));
}

}  // namespace cae
