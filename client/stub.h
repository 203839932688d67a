// Stub: the generated gRPC stubs behind one interface that speaks absl::Status. One call, one
// attempt; retries are Connection's.
#ifndef CAE_CLIENT_STUB_H_
#define CAE_CLIENT_STUB_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cae/v1/cae_service.pb.h"
#include "cae/v1/model_service.pb.h"
#include "grpc/health/v1/health.pb.h"

namespace grpc {
class ChannelInterface;
}  // namespace grpc

namespace cae {

/// How one attempt is made.
struct CallOptions {
  absl::Time deadline = absl::InfiniteFuture();
};

/// The messages of a Sample stream. Read by one thread; Cancel may come from any. Destroying it
/// cancels what still runs.
class SampleReader {
 public:
  virtual ~SampleReader() = default;

  /// Waits for the next message; nullopt after the last. After an error or nullopt it says the same
  /// again.
  virtual absl::StatusOr<std::optional<v1::SampleResponse>> Read() = 0;

  /// Makes Read return CANCELLED soon. Thread-safe.
  virtual void Cancel() = 0;
};

/// What a server can be asked. Errors are the server's, with their google.rpc details (see
/// proto/codec/status_codec.h) and its pushback (client/retry_policy.h). Thread-safe.
class Stub {
 public:
  virtual ~Stub() = default;

  virtual absl::StatusOr<v1::EncodeResponse> Encode(const CallOptions& options,
                                                    const v1::EncodeRequest& request) = 0;
  virtual absl::StatusOr<v1::DecodeResponse> Decode(const CallOptions& options,
                                                    const v1::DecodeRequest& request) = 0;
  virtual absl::StatusOr<v1::ReconstructResponse> Reconstruct(
      const CallOptions& options, const v1::ReconstructRequest& request) = 0;
  virtual absl::StatusOr<v1::TangentsResponse> Tangents(const CallOptions& options,
                                                        const v1::TangentsRequest& request) = 0;
  virtual absl::StatusOr<v1::ClassifyResponse> Classify(const CallOptions& options,
                                                        const v1::ClassifyRequest& request) = 0;
  /// Never null; what goes wrong is told by Read.
  virtual std::unique_ptr<SampleReader> Sample(const CallOptions& options,
                                               const v1::SampleRequest& request) = 0;
  virtual absl::StatusOr<v1::ListModelsResponse> ListModels(
      const CallOptions& options, const v1::ListModelsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetModelResponse> GetModel(const CallOptions& options,
                                                        const v1::GetModelRequest& request) = 0;
  virtual absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const CallOptions& options, const grpc::health::v1::HealthCheckRequest& request) = 0;
};

/// A stub over a channel. `bearer_token` goes with every call unless it is empty.
std::unique_ptr<Stub> MakeStub(std::shared_ptr<grpc::ChannelInterface> channel,
                               std::string bearer_token);

}  // namespace cae

#endif  // CAE_CLIENT_STUB_H_
