// MockStub and ScriptedReader: a server that exists in the test alone.
#ifndef CAE_TESTS_CLIENT_MOCK_STUB_H_
#define CAE_TESTS_CLIENT_MOCK_STUB_H_

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "client/stub.h"

namespace cae::testing {

class MockStub : public Stub {
 public:
  MOCK_METHOD(absl::StatusOr<v1::EncodeResponse>, Encode,
              (const CallOptions&, const v1::EncodeRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::DecodeResponse>, Decode,
              (const CallOptions&, const v1::DecodeRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ReconstructResponse>, Reconstruct,
              (const CallOptions&, const v1::ReconstructRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::TangentsResponse>, Tangents,
              (const CallOptions&, const v1::TangentsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ClassifyResponse>, Classify,
              (const CallOptions&, const v1::ClassifyRequest&), (override));
  MOCK_METHOD(std::unique_ptr<SampleReader>, Sample, (const CallOptions&, const v1::SampleRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListModelsResponse>, ListModels,
              (const CallOptions&, const v1::ListModelsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetModelResponse>, GetModel,
              (const CallOptions&, const v1::GetModelRequest&), (override));
  MOCK_METHOD(absl::StatusOr<grpc::health::v1::HealthCheckResponse>, CheckHealth,
              (const CallOptions&, const grpc::health::v1::HealthCheckRequest&), (override));
};

/// Delivers these messages, then ends with this status.
class ScriptedReader final : public SampleReader {
 public:
  ScriptedReader(std::vector<v1::SampleResponse> messages, absl::Status end)
      : messages_(std::move(messages)), end_(std::move(end)) {}

  absl::StatusOr<std::optional<v1::SampleResponse>> Read() override {
    if (next_ < messages_.size()) return messages_[next_++];
    if (!end_.ok()) return end_;
    return std::nullopt;
  }
  void Cancel() override {
    next_ = messages_.size();
    end_ = absl::CancelledError("cancelled");
  }

 private:
  const std::vector<v1::SampleResponse> messages_;
  absl::Status end_;
  std::size_t next_ = 0;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CLIENT_MOCK_STUB_H_
