// AnyRequest: a request of any method of CaeService, for tests that walk through all of them.
#ifndef CAE_TESTS_SERVER_SERVICES_ANY_RPC_H_
#define CAE_TESTS_SERVER_SERVICES_ANY_RPC_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "cae/v1/cae_service.grpc.pb.h"
#include "proto/codec/status_codec.h"

namespace cae::testing {

class AnyRequest {
 public:
  /// `method` as "Encode".
  explicit AnyRequest(const std::string& method) {
    if (method == "Decode") message_.emplace<v1::DecodeRequest>();
    if (method == "Reconstruct") message_.emplace<v1::ReconstructRequest>();
    if (method == "Tangents") message_.emplace<v1::TangentsRequest>();
    if (method == "Classify") message_.emplace<v1::ClassifyRequest>();
    if (method == "Sample") message_.emplace<v1::SampleRequest>();
  }

  v1::EncodeRequest& encode() { return std::get<v1::EncodeRequest>(message_); }
  v1::DecodeRequest& decode() { return std::get<v1::DecodeRequest>(message_); }
  v1::ReconstructRequest& reconstruct() { return std::get<v1::ReconstructRequest>(message_); }
  v1::TangentsRequest& tangents() { return std::get<v1::TangentsRequest>(message_); }
  v1::ClassifyRequest& classify() { return std::get<v1::ClassifyRequest>(message_); }
  v1::SampleRequest& sample() { return std::get<v1::SampleRequest>(message_); }

  v1::ModelSelector& model() {
    return *std::visit([](auto& request) { return request.mutable_model(); }, message_);
  }

  /// The rows that the request brings, and the name of their field.
  v1::Tensor& tensor() {
    return *std::visit([](auto& request) { return TensorOf(request); }, message_);
  }
  std::string tensor_field() const {
    if (std::holds_alternative<v1::DecodeRequest>(message_)) return "codes";
    return std::holds_alternative<v1::SampleRequest>(message_) ? "initial_inputs" : "inputs";
  }

  /// Calls the method and drops its answer; a stream is read to its end.
  absl::Status Call(v1::CaeService::Stub& stub, grpc::ClientContext& context) const {
    return std::visit(
        [&](const auto& request) { return FromGrpcStatus(Send(stub, context, request)); },
        message_);
  }

 private:
  template <typename Request>
  static v1::Tensor* TensorOf(Request& request) {
    return request.mutable_inputs();
  }
  static v1::Tensor* TensorOf(v1::DecodeRequest& request) { return request.mutable_codes(); }
  static v1::Tensor* TensorOf(v1::SampleRequest& request) {
    return request.mutable_initial_inputs();
  }

  static grpc::Status Send(v1::CaeService::Stub& stub, grpc::ClientContext& context,
                           const v1::EncodeRequest& request) {
    v1::EncodeResponse response;
    return stub.Encode(&context, request, &response);
  }
  static grpc::Status Send(v1::CaeService::Stub& stub, grpc::ClientContext& context,
                           const v1::DecodeRequest& request) {
    v1::DecodeResponse response;
    return stub.Decode(&context, request, &response);
  }
  static grpc::Status Send(v1::CaeService::Stub& stub, grpc::ClientContext& context,
                           const v1::ReconstructRequest& request) {
    v1::ReconstructResponse response;
    return stub.Reconstruct(&context, request, &response);
  }
  static grpc::Status Send(v1::CaeService::Stub& stub, grpc::ClientContext& context,
                           const v1::TangentsRequest& request) {
    v1::TangentsResponse response;
    return stub.Tangents(&context, request, &response);
  }
  static grpc::Status Send(v1::CaeService::Stub& stub, grpc::ClientContext& context,
                           const v1::ClassifyRequest& request) {
    v1::ClassifyResponse response;
    return stub.Classify(&context, request, &response);
  }
  static grpc::Status Send(v1::CaeService::Stub& stub, grpc::ClientContext& context,
                           const v1::SampleRequest& request) {
    auto reader = stub.Sample(&context, request);
    v1::SampleResponse response;
    while (reader->Read(&response)) continue;
    return reader->Finish();
  }

  std::variant<v1::EncodeRequest, v1::DecodeRequest, v1::ReconstructRequest, v1::TangentsRequest,
               v1::ClassifyRequest, v1::SampleRequest>
      message_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_SERVER_SERVICES_ANY_RPC_H_
