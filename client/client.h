// Client: the user's view of a cae-server, in matrices and plain data.
//
//   CAE_ASSIGN_OR_RETURN(Client client, Client::Connect({.server = "localhost:50051"}));
//   CAE_ASSIGN_OR_RETURN(const EncodeResult result, client.Encode({.name = "mnist-cae1"}, images));
//   ... result.codes ...
#ifndef CAE_CLIENT_CLIENT_H_
#define CAE_CLIENT_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cae/v1/model_service.pb.h"
#include "client/client_options.h"
#include "client/model_reference.h"
#include "client/operations.h"
#include "client/sample_stream.h"

namespace cae {

class BatchRunner;

/// Thread-safe; calls block. Copies share one connection. Errors are the server's own, with its
/// google.rpc details; INTERNAL for an answer that contradicts itself.
///
/// A batch may be of any size: rows are independent, so what is beyond the card's max_rows or
/// max_message_bytes is cut into several requests, one after the other and each with a deadline of
/// its own, all to the one version that the model stood for at the start.
class Client {
 public:
  /// Does not connect yet: whether the server is there shows at the first call.
  static absl::StatusOr<Client> Connect(const ClientOptions& options);

  explicit Client(std::shared_ptr<Connection> connection);

  absl::StatusOr<EncodeResult> Encode(const ModelReference& model, const InputRows& inputs,
                                      const EncodeOptions& options = {});
  absl::StatusOr<DecodeResult> Decode(const ModelReference& model, const InputRows& codes,
                                      const DecodeOptions& options = {});
  absl::StatusOr<ReconstructResult> Reconstruct(const ModelReference& model,
                                                const InputRows& inputs,
                                                const ReconstructOptions& options = {});
  absl::StatusOr<TangentsResult> Tangents(const ModelReference& model, const InputRows& inputs,
                                          const TangentsOptions& options);
  absl::StatusOr<ClassifyResult> Classify(const ModelReference& model, const InputRows& inputs,
                                          const ClassifyOptions& options = {});

  /// Never waits: what goes wrong is told by SampleStream::Next.
  SampleStream Sample(const ModelReference& model, const SampleOptions& options);
  /// The same for a request in the wire's form, as recordings hold it; `timeout` as in
  /// SampleOptions.
  SampleStream Sample(const v1::SampleRequest& request, absl::Duration timeout);

  /// Every version of every model, all pages.
  absl::StatusOr<std::vector<v1::Model>> ListModels();
  absl::StatusOr<v1::Model> GetModel(const ModelReference& model);

  /// Health of a model, or of the server where `name` is empty, now: it is not tried again.
  absl::StatusOr<grpc::health::v1::HealthCheckResponse::ServingStatus> CheckHealth(
      absl::string_view name = "");

 private:
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<BatchRunner> batches_;
};

}  // namespace cae

#endif  // CAE_CLIENT_CLIENT_H_
