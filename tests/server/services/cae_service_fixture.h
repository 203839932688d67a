// CaeServiceFixture: a CaeService behind a server, with one model of one layer and one of two.
#ifndef CAE_TESTS_SERVER_SERVICES_CAE_SERVICE_FIXTURE_H_
#define CAE_TESTS_SERVER_SERVICES_CAE_SERVICE_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "cae/v1/cae_service.grpc.pb.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_codec.h"
#include "server/services/cae_service.h"
#include "tests/server/services/recording_observer.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/serving_fixture.h"

namespace cae::testing {

inline constexpr Index kInputUnits = 12;
inline constexpr Index kCodeUnits = 8;
inline constexpr Index kTopUnits = 5;
inline constexpr Index kClasses = 3;

/// "one" version 1: 12-8, no classifier. "two" version 2: 12-8-5 with a classifier.
class CaeServiceFixture : public ServingFixture {
 protected:
  explicit CaeServiceFixture(const Options& options = Options{},
                             Transport transport = Transport::kInProcess)
      : ServingFixture(options) {
    one_ = AddModel("one", 1, OneLayer());
    two_ = AddModel("two", 2, TwoLayers());
    Serve({&service_}, transport);
    stub_ = v1::CaeService::NewStub(channel());
  }

  static ModelParameters OneLayer() {
    return RandomModelParameters({kInputUnits, kCodeUnits}, {Activation::kLogistic}, Weights::kTied,
                                 1);
  }
  static ModelParameters TwoLayers() {
    ModelParameters parameters = RandomModelParameters(
        {kInputUnits, kCodeUnits, kTopUnits}, {Activation::kLogistic}, Weights::kUntied, 2);
    AddRandomClassifier({6}, kClasses, 3, parameters);
    return parameters;
  }

 public:
  static Matrix Inputs(Index rows, std::uint64_t seed = 7) {
    return RandomMatrix(rows, kInputUnits, seed, 0, 1);
  }
  static v1::Tensor ToTensor(const Matrix& rows, bool as_values = false) {
    v1::Tensor tensor;
    EXPECT_TRUE(EncodeTensor(rows, {v1::DATA_TYPE_FLOAT32, as_values}, "tensor", &tensor).ok());
    return tensor;
  }

 protected:
  RecordingObserver observer_;
  CaeService service_{context(), &observer_};
  ServableHandle one_;
  ServableHandle two_;
  std::unique_ptr<v1::CaeService::Stub> stub_;
};

/// The reason in a status's ErrorInfo; empty without one.
inline std::string ReasonOf(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info.has_value() ? info->reason() : "";
}

/// What a Sample stream brought.
struct SampleRun {
  std::vector<v1::SampleResponse> messages;
  std::string samples;  ///< data of all messages, one after the other
  std::string codes;
  grpc::Status status;

  // Empty where nothing came, so that a test fails instead of crashing.
  const v1::SampleHeader& header() const { return first_message().header(); }
  const v1::SampleResponse& first_message() const {
    return messages.empty() ? v1::SampleResponse::default_instance() : messages.front();
  }
  const v1::SampleState& last_state() const {
    return messages.empty() ? v1::SampleState::default_instance() : messages.back().state();
  }
};

/// Reads a stream to its end.
inline SampleRun ReadAll(v1::CaeService::Stub& stub, grpc::ClientContext& context,
                         const v1::SampleRequest& request) {
  SampleRun run;
  auto reader = stub.Sample(&context, request);
  v1::SampleResponse message;
  while (reader->Read(&message)) {
    run.samples += message.samples().data();
    run.codes += message.codes().data();
    run.messages.push_back(message);
  }
  run.status = reader->Finish();
  return run;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_SERVER_SERVICES_CAE_SERVICE_FIXTURE_H_
