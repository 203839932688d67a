// RetryLoop: the decision after each failed attempt of one call.
//
//   RetryLoop loop(policy, deadline, environment);
//   for (;;) {
//     auto answer = Try();
//     if (answer.ok() || !loop.WaitToRetry(answer.status())) return ...;
//   }
#ifndef CAE_CLIENT_RETRY_LOOP_H_
#define CAE_CLIENT_RETRY_LOOP_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/retry_environment.h"
#include "client/retry_policy.h"

namespace cae {

/// Counts the failures of one call. Thread-compatible; the environment must outlive it.
class RetryLoop {
 public:
  RetryLoop(const RetryPolicy& policy, absl::Time deadline, RetryEnvironment& environment)
      : policy_(policy), deadline_(deadline), environment_(environment) {}

  /// Sleeps and returns true where another attempt is due. Returns false at once where the failure
  /// is final: it is not retryable, the attempts are used up, or the deadline would pass first.
  bool WaitToRetry(const absl::Status& failure);

  /// Something got through: failures are counted anew.
  void NoteProgress() { failures_ = 0; }

  /// The failure as the caller should see it, with the number of attempts where they were several.
  absl::Status Final(const absl::Status& failure) const;

 private:
  const RetryPolicy policy_;
  const absl::Time deadline_;
  RetryEnvironment& environment_;
  int failures_ = 0;
};

}  // namespace cae

#endif  // CAE_CLIENT_RETRY_LOOP_H_
