// ResumingSampleReader: a Sample stream that survives the servers it runs on.
#ifndef CAE_CLIENT_RESUMING_SAMPLE_READER_H_
#define CAE_CLIENT_RESUMING_SAMPLE_READER_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/retry_environment.h"
#include "client/retry_loop.h"
#include "client/stub.h"
#include "core/base/mutex.h"

namespace cae {

/// Opens the stream at the first Read and, where it breaks with a status that is worth another try,
/// opens one that goes on: from the last SampleState, or, where none came yet, from the start with
/// the seed that the header told. Chains are Markov and their noise is counted, so the draws are
/// the same bits; those that came before are dropped. The reader sees each draw once, in order, and
/// one header. Diagnostics count anew after a break.
///
/// Another digest or fingerprint than before is ABORTED: such a server cannot go on. Read may sleep
/// between attempts. Read: one thread; Cancel: thread-safe.
class ResumingSampleReader final : public SampleReader {
 public:
  ResumingSampleReader(std::shared_ptr<Stub> stub, v1::SampleRequest request, absl::Time deadline,
                       const RetryPolicy& policy, std::shared_ptr<RetryEnvironment> environment);
  ~ResumingSampleReader() override;

  absl::StatusOr<std::optional<v1::SampleResponse>> Read() override;
  void Cancel() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  /// Opens a stream unless one is open or the reader was cancelled; null in the latter case.
  std::shared_ptr<SampleReader> Open() ABSL_LOCKS_EXCLUDED(mutex_);
  /// Drops the broken stream, waits and returns OK, or says how the whole stream ends.
  absl::Status Recover(const absl::Status& failure) ABSL_LOCKS_EXCLUDED(mutex_);
  /// What asks for the draws that are still missing.
  v1::SampleRequest NextRequest() const;
  /// Takes note of a message and cuts what was delivered before. False: nothing is left of it.
  absl::StatusOr<bool> Accept(v1::SampleResponse* response);
  absl::StatusOr<bool> DropDelivered(v1::SampleResponse* response);
  bool DeliveredAll() const { return request_.draws() > 0 && next_draw_ >= end_draw_; }

  const std::shared_ptr<Stub> stub_;
  const v1::SampleRequest request_;
  const absl::Time deadline_;
  const std::shared_ptr<RetryEnvironment> environment_;

  // The reading thread's.
  RetryLoop loop_;
  std::optional<v1::SampleHeader> header_;
  std::optional<v1::SampleState> state_;
  std::int64_t next_draw_;               ///< number of the first draw not yet delivered
  const std::int64_t end_draw_;          ///< one past the last draw asked for
  std::optional<absl::Status> outcome_;  ///< set once the stream is over

  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<SampleReader> stream_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_CLIENT_RESUMING_SAMPLE_READER_H_
