#include "tests/client/fake_cae_server.h"

#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cae/v1/model_service.grpc.pb.h"
#include "core/base/check.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "proto/codec/status_codec.h"

namespace cae::testing {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class FakeCaeServer::ModelFake final : public v1::ModelService::CallbackService {
 public:
  /// One model a page.
  ServerUnaryReactor* ListModels(CallbackServerContext* context,
                                 const v1::ListModelsRequest* request,
                                 v1::ListModelsResponse* response) override {
    const MutexLock lock(mutex);
    const std::size_t page = request->page_token().size();
    if (page < models.size()) *response->add_models() = models[page];
    if (page + 1 < models.size()) response->set_next_page_token(std::string(page + 1, 'p'));
    ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  ServerUnaryReactor* GetModel(CallbackServerContext* context, const v1::GetModelRequest* request,
                               v1::GetModelResponse* response) override {
    const MutexLock lock(mutex);
    const v1::ModelSelector& selector = request->model();
    ServerUnaryReactor* reactor = context->DefaultReactor();
    for (const v1::Model& model : models) {
      if (model.name() != selector.name()) continue;
      if (selector.version() > 0 && model.version() != selector.version()) continue;
      if (!selector.label().empty() && selector.label() != "stable") continue;
      *response->mutable_model() = model;
      reactor->Finish(grpc::Status::OK);
      return reactor;
    }
    reactor->Finish(ToGrpcStatus(WithErrorInfo(
        absl::NotFoundError(absl::StrCat("no model '", selector.name(), "'")), "MODEL_NOT_FOUND")));
    return reactor;
  }

  Mutex mutex;
  std::vector<v1::Model> models ABSL_GUARDED_BY(mutex) = {FakeCard()};
};

class FakeCaeServer::HealthFake final : public grpc::health::v1::Health::CallbackService {
 public:
  ServerUnaryReactor* Check(CallbackServerContext* context, const HealthCheckRequest* request,
                            HealthCheckResponse* response) override {
    const MutexLock lock(mutex);
    response->set_status(status);
    ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(request->service().empty() || request->service() == "fake"
                        ? grpc::Status::OK
                        : grpc::Status(grpc::NOT_FOUND, "unknown service"));
    return reactor;
  }

  Mutex mutex;
  HealthCheckResponse::ServingStatus status ABSL_GUARDED_BY(mutex) = HealthCheckResponse::SERVING;
};

FakeCaeServer::FakeCaeServer(const std::string& address)
    : cae_(std::make_unique<FakeCaeService>()),
      models_(std::make_unique<ModelFake>()),
      health_(std::make_unique<HealthFake>()) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(cae_.get());
  builder.RegisterService(models_.get());
  builder.RegisterService(health_.get());
  server_ = builder.BuildAndStart();
  CAE_CHECK(server_ != nullptr, absl::StrCat("cannot listen on ", address));
  address_ = absl::StartsWith(address, "unix:") ? address : absl::StrCat("127.0.0.1:", port);
}

FakeCaeServer::~FakeCaeServer() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

void FakeCaeServer::SetModels(std::vector<v1::Model> models) {
  const MutexLock lock(models_->mutex);
  models_->models = std::move(models);
}

void FakeCaeServer::SetHealth(HealthCheckResponse::ServingStatus status) {
  const MutexLock lock(health_->mutex);
  health_->status = status;
}

void FakeCaeServer::RefuseNext(std::vector<Refusal> refusals) {
  const MutexLock lock(cae_->mutex);
  cae_->refusals.assign(refusals.begin(), refusals.end());
}

void FakeCaeServer::SetSilent() {
  const MutexLock lock(cae_->mutex);
  cae_->silent = true;
}

void FakeCaeServer::BreakNextStreams(std::vector<StreamBreak> breaks) {
  const MutexLock lock(cae_->mutex);
  cae_->breaks.assign(breaks.begin(), breaks.end());
}

void FakeCaeServer::SpoilDraw(std::int64_t draw) {
  const MutexLock lock(cae_->mutex);
  cae_->spoilt_draw = draw;
}

void FakeCaeServer::ChangeDigestAfter(int count) {
  const MutexLock lock(cae_->mutex);
  cae_->change_digest_after = count;
}

void FakeCaeServer::SetBroken() {
  const MutexLock lock(cae_->mutex);
  cae_->broken = true;
}

std::vector<v1::EncodeRequest> FakeCaeServer::encodes() const {
  const MutexLock lock(cae_->mutex);
  return cae_->encodes;
}

std::vector<v1::ReconstructRequest> FakeCaeServer::reconstructs() const {
  const MutexLock lock(cae_->mutex);
  return cae_->reconstructs;
}

std::vector<v1::TangentsRequest> FakeCaeServer::tangents() const {
  const MutexLock lock(cae_->mutex);
  return cae_->tangents;
}

std::vector<v1::ClassifyRequest> FakeCaeServer::classifies() const {
  const MutexLock lock(cae_->mutex);
  return cae_->classifies;
}

std::vector<v1::SampleRequest> FakeCaeServer::samples() const {
  const MutexLock lock(cae_->mutex);
  return cae_->samples;
}

std::string FakeCaeServer::authorization() const {
  const MutexLock lock(cae_->mutex);
  return cae_->authorization;
}

void FakeCaeServer::AwaitCancelledStreams(int count) {
  const MutexLock lock(cae_->mutex);
  while (cae_->cancelled_streams < count) cae_->changed.Wait(cae_->mutex);
}

}  // namespace cae::testing
