// FakeCaeServer: a server in this process whose answers are so simple that tests know them by
// heart.
#ifndef CAE_TESTS_CLIENT_FAKE_CAE_SERVER_H_
#define CAE_TESTS_CLIENT_FAKE_CAE_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "cae/v1/cae_service.pb.h"
#include "cae/v1/model_service.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "tests/client/fake_answers.h"
#include "tests/client/fake_cae_service.h"

namespace cae::testing {

/// Everything that is asked is remembered. Thread-safe.
///
///   Encode       codes = the first 3 columns of the inputs
///   Decode       outputs = the codes, and 0.25 as the last column
///   Reconstruct  outputs = inputs; losses = sum of the row; contractions = 10 times the first
///   column Tangents     singular values k, k - 1, ..., 1; direction j = unit vector e_j; residuals
///   1e-6 Classify     probabilities 0.7 for the first class whose column is largest, 0.2, 0.1
///   after it Sample       draw t of chain c is (100 c + t) / 1000 in all columns; codes are twice
///   that
class FakeCaeServer {
 public:
  /// Listens on a port of its own; `address` may name something else.
  explicit FakeCaeServer(const std::string& address = "127.0.0.1:0");
  ~FakeCaeServer();

  std::string address() const { return address_; }

  // Scripts. Set before the calls that they are for.
  void SetModels(std::vector<v1::Model> models);
  void SetHealth(grpc::health::v1::HealthCheckResponse::ServingStatus status);
  /// The next calls of any unary method of CaeService, one each.
  void RefuseNext(std::vector<Refusal> refusals);
  /// Unary methods of CaeService never answer.
  void SetSilent();
  /// The next streams, one each, break off.
  void BreakNextStreams(std::vector<StreamBreak> breaks);
  /// From now on the values of this draw differ.
  void SpoilDraw(std::int64_t draw);
  /// Answers from the `count`-th Encode on have another digest.
  void ChangeDigestAfter(int count);
  /// Encode answers with one row too few, Classify without classes.
  void SetBroken();

  // What was asked.
  std::vector<v1::EncodeRequest> encodes() const;
  std::vector<v1::ReconstructRequest> reconstructs() const;
  std::vector<v1::TangentsRequest> tangents() const;
  std::vector<v1::ClassifyRequest> classifies() const;
  std::vector<v1::SampleRequest> samples() const;
  /// "authorization" of the last unary call of CaeService.
  std::string authorization() const;
  /// Waits until so many streams were cancelled by their reader.
  void AwaitCancelledStreams(int count);

 private:
  class ModelFake;
  class HealthFake;

  std::unique_ptr<FakeCaeService> cae_;
  std::unique_ptr<ModelFake> models_;
  std::unique_ptr<HealthFake> health_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CLIENT_FAKE_CAE_SERVER_H_
