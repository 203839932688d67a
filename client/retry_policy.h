// How often and when a failed call is tried again: exponential backoff with full jitter, after
// M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, and gRFC A6 for the
// server's say.
#ifndef CAE_CLIENT_RETRY_POLICY_H_
#define CAE_CLIENT_RETRY_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace cae {

/// Plain data. Before attempt i + 1 (i = 1, 2, ...) a client waits a time drawn evenly from
/// [0, min(max_backoff, initial_backoff · multiplier^(i−1))], unless the server asked for another.
struct RetryPolicy {
  int max_attempts = 5;  ///< the first one included; 1 = never try again
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(5);
  double multiplier = 2.0;
};

/// Upper end of the wait after the `failures`-th failure in a row, counted from 1.
absl::Duration BackoffLimit(const RetryPolicy& policy, int failures);

/// What a server said about trying again.
struct RetryAdvice {
  bool forbidden = false;               ///< it asked not to
  std::optional<absl::Duration> delay;  ///< it asked to wait exactly this long
};

/// `status` with the value of its grpc-retry-pushback-ms trailer, which wins over a RetryInfo. As
/// gRFC A6 has it, a negative or unreadable value forbids another attempt. OK stays OK.
absl::Status WithPushbackTrailer(absl::Status status, absl::string_view trailer);

/// From WithPushbackTrailer, else from the status's google.rpc.RetryInfo.
RetryAdvice GetRetryAdvice(const absl::Status& status);

/// True for UNAVAILABLE and RESOURCE_EXHAUSTED that no pushback forbids: the server did not do the
/// work, or doing it twice gives the same answer.
bool IsRetryable(const absl::Status& status);

}  // namespace cae

#endif  // CAE_CLIENT_RETRY_POLICY_H_
