// CaeService: the rpcs by which clients use the models.
#ifndef CAE_SERVER_SERVICES_CAE_SERVICE_H_
#define CAE_SERVER_SERVICES_CAE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include "cae/v1/cae_service.grpc.pb.h"
#include "server/requests/rpc_observer.h"
#include "server/services/arena_messages.h"
#include "server/serving_context.h"

namespace cae {

/// The methods as the generated code offers them: Sample with bytes as they come and go, so that
/// draws are sent from where they were written.
using CaeServiceMethods = v1::CaeService::WithCallbackMethod_Encode<
    v1::CaeService::WithCallbackMethod_Decode<v1::CaeService::WithCallbackMethod_Reconstruct<
        v1::CaeService::WithCallbackMethod_Tangents<v1::CaeService::WithCallbackMethod_Classify<
            v1::CaeService::WithRawCallbackMethod_Sample<v1::CaeService::Service>>>>>>;

/// Each method makes a reactor, which checks the request on the calling thread, hands the work to
/// the executor and returns. Thread-safe. Must outlive the grpc::Server that serves it; what it is
/// given must outlive it.
///
/// Order of shutting down: close `in_flight` and conclude the scheduler's streams, so that they end
/// with a state; wait until it is empty; shut the grpc::Server down; stop the executor. The other
/// way round is safe, too: a stopped executor abandons its jobs, which finishes their calls with
/// UNAVAILABLE.
class CaeService final : public CaeServiceMethods {
 public:
  /// `observer` may be null.
  explicit CaeService(const ServingContext& serving, RpcObserver* observer = nullptr);

  grpc::ServerUnaryReactor* Encode(grpc::CallbackServerContext* context,
                                   const v1::EncodeRequest* request,
                                   v1::EncodeResponse* response) override;
  grpc::ServerUnaryReactor* Decode(grpc::CallbackServerContext* context,
                                   const v1::DecodeRequest* request,
                                   v1::DecodeResponse* response) override;
  grpc::ServerUnaryReactor* Reconstruct(grpc::CallbackServerContext* context,
                                        const v1::ReconstructRequest* request,
                                        v1::ReconstructResponse* response) override;
  grpc::ServerUnaryReactor* Tangents(grpc::CallbackServerContext* context,
                                     const v1::TangentsRequest* request,
                                     v1::TangentsResponse* response) override;
  grpc::ServerUnaryReactor* Classify(grpc::CallbackServerContext* context,
                                     const v1::ClassifyRequest* request,
                                     v1::ClassifyResponse* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Sample(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request) override;

 private:
  ArenaMessages<v1::EncodeRequest, v1::EncodeResponse> encode_messages_;
  ArenaMessages<v1::DecodeRequest, v1::DecodeResponse> decode_messages_;
  ArenaMessages<v1::ReconstructRequest, v1::ReconstructResponse> reconstruct_messages_;
  ArenaMessages<v1::TangentsRequest, v1::TangentsResponse> tangents_messages_;
  ArenaMessages<v1::ClassifyRequest, v1::ClassifyResponse> classify_messages_;
  const ServingContext serving_;
  RpcObserver* const observer_;
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_CAE_SERVICE_H_
