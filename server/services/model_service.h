// ModelService: tells which models there are and what they take.
#ifndef CAE_SERVER_SERVICES_MODEL_SERVICE_H_
#define CAE_SERVER_SERVICES_MODEL_SERVICE_H_

#include "cae/v1/model_service.grpc.pb.h"
#include "core/serving/registry.h"

namespace cae {

/// Read-only and quick: every answer comes from one snapshot of the registry, on the thread of the
/// network. Thread-safe; the registry must outlive it.
class ModelService final : public v1::ModelService::CallbackService {
 public:
  explicit ModelService(const Registry& registry) : registry_(registry) {}

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context,
                                       const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context,
                                     const v1::GetModelRequest* request,
                                     v1::GetModelResponse* response) override;

 private:
  const Registry& registry_;
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_MODEL_SERVICE_H_
