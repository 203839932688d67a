#include "tests/client/fake_cae_service.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_codec.h"
#include "tests/client/fake_answers.h"

namespace cae::testing {
namespace {

/// Finishes when the client goes away.
class SilentReactor final : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }
};

/// Writes prepared messages, one after the other, then ends with `end`, or without one stays open
/// until it is cancelled.
class PreparedStream final : public grpc::ServerWriteReactor<v1::SampleResponse> {
 public:
  PreparedStream(std::deque<v1::SampleResponse> messages, std::optional<grpc::Status> end,
                 std::function<void()> on_cancel)
      : messages_(std::move(messages)), end_(std::move(end)), on_cancel_(std::move(on_cancel)) {
    OnWriteDone(true);
  }

  void OnWriteDone(bool ok) override {
    if (ok && !messages_.empty()) {
      current_ = std::move(messages_.front());
      messages_.pop_front();
      StartWrite(&current_);
    } else if (end_.has_value()) {
      Finish(*end_);
    }
  }
  void OnCancel() override {
    on_cancel_();
    if (!end_.has_value()) Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  std::deque<v1::SampleResponse> messages_;
  const std::optional<grpc::Status> end_;
  const std::function<void()> on_cancel_;
  v1::SampleResponse current_;
};

grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext* context,
                                   const grpc::Status& status = grpc::Status::OK) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace

FakeCaeService::UnaryReactor* FakeCaeService::Refuse(Context* context) {
  const MutexLock lock(mutex);
  const auto token = context->client_metadata().find("authorization");
  authorization = token == context->client_metadata().end()
                      ? ""
                      : std::string(token->second.data(), token->second.size());
  if (silent) return new SilentReactor;
  if (refusals.empty()) return nullptr;
  const Refusal refusal = refusals.front();
  refusals.pop_front();
  if (!refusal.pushback.empty()) context->AddTrailingMetadata(kPushbackTrailer, refusal.pushback);
  return Finished(context, ToGrpcStatus(refusal.status));
}

FakeCaeService::UnaryReactor* FakeCaeService::Encode(Context* context,
                                                     const v1::EncodeRequest* request,
                                                     v1::EncodeResponse* response) {
  if (UnaryReactor* refused = Refuse(context)) return refused;
  const MutexLock lock(mutex);
  encodes.push_back(*request);
  const Matrix inputs = DecodeTensor(request->inputs());
  *response->mutable_codes() =
      FakeTensor(inputs.topLeftCorner(inputs.rows() - (broken ? 1 : 0), kFakeCodeUnits));
  *response->mutable_model() = FakeIdentity(request->model());
  if (change_digest_after > 0 && static_cast<int>(encodes.size()) > change_digest_after) {
    response->mutable_model()->set_digest("d2");
  }
  return Finished(context);
}

FakeCaeService::UnaryReactor* FakeCaeService::Decode(Context* context,
                                                     const v1::DecodeRequest* request,
                                                     v1::DecodeResponse* response) {
  if (UnaryReactor* refused = Refuse(context)) return refused;
  const Matrix codes = DecodeTensor(request->codes());
  Matrix outputs = Matrix::Constant(codes.rows(), 4, 0.25f);
  outputs.leftCols(kFakeCodeUnits) = codes;
  *response->mutable_outputs() = FakeTensor(outputs);
  *response->mutable_model() = FakeIdentity(request->model());
  return Finished(context);
}

FakeCaeService::UnaryReactor* FakeCaeService::Reconstruct(Context* context,
                                                          const v1::ReconstructRequest* request,
                                                          v1::ReconstructResponse* response) {
  if (UnaryReactor* refused = Refuse(context)) return refused;
  const Matrix inputs = DecodeTensor(request->inputs());
  *response->mutable_outputs() = FakeTensor(inputs);
  *response->mutable_losses() = FakeVector(inputs.rowwise().sum());
  if (request->include_contractions()) {
    *response->mutable_contractions() = FakeVector(10 * inputs.col(0));
  }
  *response->mutable_model() = FakeIdentity(request->model());
  const MutexLock lock(mutex);
  reconstructs.push_back(*request);
  return Finished(context);
}

FakeCaeService::UnaryReactor* FakeCaeService::Tangents(Context* context,
                                                       const v1::TangentsRequest* request,
                                                       v1::TangentsResponse* response) {
  if (UnaryReactor* refused = Refuse(context)) return refused;
  const Index rows = request->inputs().shape(0);
  const Index rank = request->rank();
  Matrix values(rows, rank);
  for (Index j = 0; j < rank; ++j) values.col(j).setConstant(static_cast<float>(rank - j));
  Matrix directions = Matrix::Zero(rows * rank, 4);
  for (Index i = 0; i < rows * rank; ++i) directions(i, i % rank) = 1;
  *response->mutable_singular_values() = FakeTensor(values);
  *response->mutable_directions() = FakeTensor(directions, {rows, rank, 4});
  *response->mutable_residuals() = FakeTensor(Matrix::Constant(rows, rank, 1e-6f));
  if (request->include_code_directions()) {
    *response->mutable_code_directions() =
        FakeTensor(directions.leftCols(kFakeCodeUnits), {rows, rank, kFakeCodeUnits});
  }
  if (request->include_contractions()) {
    *response->mutable_contractions() = FakeVector(Vector::Constant(rows, 5));
  }
  *response->mutable_model() = FakeIdentity(request->model());
  const MutexLock lock(mutex);
  tangents.push_back(*request);
  return Finished(context);
}

FakeCaeService::UnaryReactor* FakeCaeService::Classify(Context* context,
                                                       const v1::ClassifyRequest* request,
                                                       v1::ClassifyResponse* response) {
  if (UnaryReactor* refused = Refuse(context)) return refused;
  const MutexLock lock(mutex);
  const Matrix inputs = DecodeTensor(request->inputs());
  for (Index i = 0; i < inputs.rows(); ++i) {
    v1::Classification& result = *response->add_results();
    if (!broken) result = FakeClassification(inputs, i, request->top_k());
  }
  if (request->include_logits()) {
    *response->mutable_logits() = FakeTensor(inputs.leftCols(kFakeCodeUnits));
  }
  *response->mutable_model() = FakeIdentity(request->model());
  classifies.push_back(*request);
  return Finished(context);
}

grpc::ServerWriteReactor<v1::SampleResponse>* FakeCaeService::Sample(
    Context* /*context*/, const v1::SampleRequest* request) {
  const MutexLock lock(mutex);
  samples.push_back(*request);
  // Without an end: some draws, then the stream stays open.
  constexpr std::int64_t kDrawsOfEndless = 5;
  std::int64_t draws = request->draws() > 0 ? request->draws() : kDrawsOfEndless;
  std::optional<grpc::Status> end;
  if (request->draws() > 0) end = grpc::Status::OK;
  if (!breaks.empty()) {
    draws = std::min(draws, breaks.front().after_draws);
    end = ToGrpcStatus(breaks.front().status);
    breaks.pop_front();
  }
  std::deque<v1::SampleResponse> messages = FakeSamples(*request, draws);
  for (v1::SampleResponse& message : messages) {
    if (!message.has_samples() || message.first_draw() != spoilt_draw) continue;
    (*message.mutable_samples()->mutable_data())[0] ^= 1;
  }
  return new PreparedStream(std::move(messages), end, [this] {
    const MutexLock inner(mutex);
    ++cancelled_streams;
    changed.NotifyAll();
  });
}

}  // namespace cae::testing
