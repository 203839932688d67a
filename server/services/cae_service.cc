#include "server/services/cae_service.h"

#include <memory>

#include "server/requests/classify_operation.h"
#include "server/requests/decode_operation.h"
#include "server/requests/encode_operation.h"
#include "server/requests/reconstruct_operation.h"
#include "server/requests/tangents_operation.h"
#include "server/services/sample_reactor.h"
#include "server/services/unary_reactor.h"

namespace cae {

grpc::ServerUnaryReactor* CaeService::Encode(grpc::CallbackServerContext* context,
                                             const v1::EncodeRequest* request,
                                             v1::EncodeResponse* response) {
  return UnaryReactor::Start(serving_, observer_, *context,
                             std::make_unique<EncodeOperation>(*request, *response));
}

grpc::ServerUnaryReactor* CaeService::Decode(grpc::CallbackServerContext* context,
                                             const v1::DecodeRequest* request,
                                             v1::DecodeResponse* response) {
  return UnaryReactor::Start(serving_, observer_, *context,
                             std::make_unique<DecodeOperation>(*request, *response));
}

grpc::ServerUnaryReactor* CaeService::Reconstruct(grpc::CallbackServerContext* context,
                                                  const v1::ReconstructRequest* request,
                                                  v1::ReconstructResponse* response) {
  return UnaryReactor::Start(serving_, observer_, *context,
                             std::make_unique<ReconstructOperation>(*request, *response));
}

grpc::ServerUnaryReactor* CaeService::Tangents(grpc::CallbackServerContext* context,
                                               const v1::TangentsRequest* request,
                                               v1::TangentsResponse* response) {
  return UnaryReactor::Start(serving_, observer_, *context,
                             std::make_unique<TangentsOperation>(*request, *response));
}

grpc::ServerUnaryReactor* CaeService::Classify(grpc::CallbackServerContext* context,
                                               const v1::ClassifyRequest* request,
                                               v1::ClassifyResponse* response) {
  return UnaryReactor::Start(serving_, observer_, *context,
                             std::make_unique<ClassifyOperation>(*request, *response));
}

grpc::ServerWriteReactor<v1::SampleResponse>* CaeService::Sample(
    grpc::CallbackServerContext* context, const v1::SampleRequest* request) {
  return SampleReactor::Start(serving_, observer_, *context, *request);
}

}  // namespace cae
