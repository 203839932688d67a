// FakeCaeService: the CaeService of FakeCaeServer.
#ifndef CAE_TESTS_CLIENT_FAKE_CAE_SERVICE_H_
#define CAE_TESTS_CLIENT_FAKE_CAE_SERVICE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "cae/v1/cae_service.grpc.pb.h"
#include "core/base/mutex.h"

namespace cae::testing {

/// What a call is refused with.
struct Refusal {
  absl::Status status;
  std::string pushback = {};  ///< value of the grpc-retry-pushback-ms trailer; empty = none
};

/// How a Sample stream is broken off.
struct StreamBreak {
  std::int64_t after_draws = 0;
  absl::Status status;
};

/// Scripts and records, both under `mutex`; FakeCaeServer explains them. Thread-safe.
class FakeCaeService final : public v1::CaeService::CallbackService {
 public:
  using Context = grpc::CallbackServerContext;
  using UnaryReactor = grpc::ServerUnaryReactor;

  UnaryReactor* Encode(Context* context, const v1::EncodeRequest* request,
                       v1::EncodeResponse* response) override;
  UnaryReactor* Decode(Context* context, const v1::DecodeRequest* request,
                       v1::DecodeResponse* response) override;
  UnaryReactor* Reconstruct(Context* context, const v1::ReconstructRequest* request,
                            v1::ReconstructResponse* response) override;
  UnaryReactor* Tangents(Context* context, const v1::TangentsRequest* request,
                         v1::TangentsResponse* response) override;
  UnaryReactor* Classify(Context* context, const v1::ClassifyRequest* request,
                         v1::ClassifyResponse* response) override;
  grpc::ServerWriteReactor<v1::SampleResponse>* Sample(Context* context,
                                                       const v1::SampleRequest* request) override;

  mutable Mutex mutex;
  CondVar changed;
  int cancelled_streams ABSL_GUARDED_BY(mutex) = 0;
  std::deque<Refusal> refusals ABSL_GUARDED_BY(mutex);
  std::deque<StreamBreak> breaks ABSL_GUARDED_BY(mutex);
  bool silent ABSL_GUARDED_BY(mutex) = false;
  bool broken ABSL_GUARDED_BY(mutex) = false;
  std::int64_t spoilt_draw ABSL_GUARDED_BY(mutex) = -1;
  int change_digest_after ABSL_GUARDED_BY(mutex) = 0;
  std::string authorization ABSL_GUARDED_BY(mutex);
  std::vector<v1::EncodeRequest> encodes ABSL_GUARDED_BY(mutex);
  std::vector<v1::ReconstructRequest> reconstructs ABSL_GUARDED_BY(mutex);
  std::vector<v1::TangentsRequest> tangents ABSL_GUARDED_BY(mutex);
  std::vector<v1::ClassifyRequest> classifies ABSL_GUARDED_BY(mutex);
  std::vector<v1::SampleRequest> samples ABSL_GUARDED_BY(mutex);

 private:
  /// The reactor of a call that the script refuses or leaves without an answer, else null.
  UnaryReactor* Refuse(Context* context);
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CLIENT_FAKE_CAE_SERVICE_H_
