// CaeService: the rpcs by which clients use the models.
#ifndef CAE_SERVER_SERVICES_CAE_SERVICE_H_
#define CAE_SERVER_SERVICES_CAE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include "cae/v1/cae_service.grpc.pb.h"
#include "server/requests/rpc_observer.h"
#include "server/serving_context.h"

namespace cae {

/// Each method makes a reactor, which checks the request on the calling thread, hands the work to
/// the executor and returns. Thread-safe. Must outlive the grpc::Server that serves it; what it is
/// given must outlive it.
///
/// Order of shutting down: close `in_flight`, so that streams end with a state; wait until it is
/// empty; shut the grpc::Server down; stop the executor. The other way round is safe, too: a
/// stopped executor abandons its jobs, which finishes their calls with UNAVAILABLE.
class CaeService final : public v1::CaeService::CallbackService {
 public:
  /// `observer` may be null.
  explicit CaeService(const ServingContext& serving, RpcObserver* observer = nullptr)
      : serving_(serving), observer_(observer) {}

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
  grpc::ServerWriteReactor<v1::SampleResponse>* Sample(grpc::CallbackServerContext* context,
                                                       const v1::SampleRequest* request) override;

 private:
  const ServingContext serving_;
  RpcObserver* const observer_;
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_CAE_SERVICE_H_
