#include "client/retry_policy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "proto/codec/status_codec.h"

namespace cae {
namespace {

constexpr char kForbiddenPayload[] = "cae.client/retry-forbidden";

}  // namespace

absl::Duration BackoffLimit(const RetryPolicy& policy, int failures) {
  const double factor = std::pow(policy.multiplier, std::max(failures - 1, 0));
  return std::min(policy.max_backoff, policy.initial_backoff * factor);
}

absl::Status WithPushbackTrailer(absl::Status status, absl::string_view trailer) {
  if (status.ok()) return status;
  std::int64_t milliseconds = 0;
  if (!absl::SimpleAtoi(trailer, &milliseconds) || milliseconds < 0) {
    status.SetPayload(kForbiddenPayload, absl::Cord(trailer));
    return status;
  }
  return WithRetryAfter(std::move(status), absl::Milliseconds(milliseconds));
}

RetryAdvice GetRetryAdvice(const absl::Status& status) {
  return {.forbidden = status.GetPayload(kForbiddenPayload).has_value(),
          .delay = GetRetryAfter(status)};
}

bool IsRetryable(const absl::Status& status) {
  if (!absl::IsUnavailable(status) && !absl::IsResourceExhausted(status)) return false;
  return !GetRetryAdvice(status).forbidden;
}

}  // namespace cae
