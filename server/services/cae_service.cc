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

CaeService::CaeService(const ServingContext& serving, RpcObserver* observer)
    : serving_(serving), observer_(observer) {
  SetMessageAllocatorFor_Encode(&encode_messages_);
  SetMessageAllocatorFor_Decode(&decode_messages_);
  SetMessageAllocatorFor_Reconstruct(&reconstruct_messages_);
  SetMessageAllocatorFor_Tangents(&tangents_messages_);
  SetMessageAllocatorFor_Classify(&classify_messages_);
}

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

grpc::ServerWriteReactor<grpc::ByteBuffer>* CaeService::Sample(grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request) {
  // gRPC made the buffer for this call alone and looks at it no more, but would keep its memory.
  return SampleReactor::Start(serving_, observer_, *context,
                              const_cast<grpc::ByteBuffer&>(*request));
}

}  // namespace cae
