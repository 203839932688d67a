#include "client/retry_loop.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace cae {

bool RetryLoop::WaitToRetry(const absl::Status& failure) {
  ++failures_;
  if (failures_ >= policy_.max_attempts || !IsRetryable(failure)) return false;
  const RetryAdvice advice = GetRetryAdvice(failure);
  const absl::Duration delay = advice.delay.has_value()
                                   ? *advice.delay
                                   : BackoffLimit(policy_, failures_) * environment_.Uniform();
  // An attempt that cannot end in time would only hide the server's own words behind a
  // DEADLINE_EXCEEDED.
  if (environment_.Now() + delay >= deadline_) return false;
  environment_.Sleep(delay);
  return true;
}

absl::Status RetryLoop::Final(const absl::Status& failure) const {
  if (failures_ < 2) return failure;
  absl::Status result(failure.code(),
                      absl::StrCat(failure.message(), " (after ", failures_, " attempts)"));
  failure.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { result.SetPayload(type, payload); });
  return result;
}

}  // namespace cae
