// Connection: the middle layer, between Client (matrices) and Stub (one attempt). Deadlines and
// retries live here. An interface, so that tests of what lies above need no network.
#ifndef CAE_CLIENT_CONNECTION_H_
#define CAE_CLIENT_CONNECTION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/retry_environment.h"
#include "client/retry_policy.h"
#include "client/stub.h"

namespace cae {

/// Plain data.
struct ConnectionOptions {
  /// For each unary call, all its attempts together. Must be positive.
  absl::Duration timeout = absl::Seconds(30);
  RetryPolicy retry = {};
};

/// What a server can be asked, in the wire's messages. Every unary call here is idempotent and is
/// tried again as the RetryPolicy says, except the health check: a probe wants to know what is.
/// Thread-safe; calls block.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual absl::StatusOr<v1::EncodeResponse> Encode(const v1::EncodeRequest& request) = 0;
  virtual absl::StatusOr<v1::DecodeResponse> Decode(const v1::DecodeRequest& request) = 0;
  virtual absl::StatusOr<v1::ReconstructResponse> Reconstruct(
      const v1::ReconstructRequest& request) = 0;
  virtual absl::StatusOr<v1::TangentsResponse> Tangents(const v1::TangentsRequest& request) = 0;
  virtual absl::StatusOr<v1::ClassifyResponse> Classify(const v1::ClassifyRequest& request) = 0;

  /// Never null. A stream that breaks is gone on with where that gives the same bits; see
  /// ResumingSampleReader. `timeout` is for the whole stream and may be infinite.
  virtual std::unique_ptr<SampleReader> Sample(const v1::SampleRequest& request,
                                               absl::Duration timeout) = 0;

  virtual absl::StatusOr<v1::ListModelsResponse> ListModels(
      const v1::ListModelsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetModelResponse> GetModel(const v1::GetModelRequest& request) = 0;
  virtual absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const grpc::health::v1::HealthCheckRequest& request) = 0;
};

/// A connection over a stub.
std::unique_ptr<Connection> MakeConnection(
    std::shared_ptr<Stub> stub, const ConnectionOptions& options,
    std::shared_ptr<RetryEnvironment> environment = RetryEnvironment::System());

}  // namespace cae

#endif  // CAE_CLIENT_CONNECTION_H_
