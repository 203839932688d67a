// Refusals: the statuses of row 8 of the error table, which tell a client to come back later.
#ifndef CAE_SERVER_REQUESTS_REFUSALS_H_
#define CAE_SERVER_REQUESTS_REFUSALS_H_

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proto/codec/error_reasons.h"

namespace cae {

/// The reasons that these statuses carry in their ErrorInfo. Each has a RetryInfo, too.
inline constexpr std::array<const char*, 4> kAdmissionReasons = {
    kReasonQueueFull, kReasonTooManyChains, kReasonDeadlineTooShort, kReasonDraining};

/// RESOURCE_EXHAUSTED: `rows` more rows do not fit beside the `used` of `limit`. `wait` is the
/// executor's estimate; the delay told is never so short that clients would spin.
absl::Status QueueFull(std::int64_t rows, std::int64_t used, std::int64_t limit,
                       absl::Duration wait);
/// RESOURCE_EXHAUSTED: the same of chains.
absl::Status TooManyChains(std::int64_t chains, std::int64_t used, std::int64_t limit,
                           absl::Duration wait);
/// RESOURCE_EXHAUSTED: the first answer would not come within the `left` of the deadline.
absl::Status DeadlineTooShort(absl::Duration left, absl::Duration wait);
/// UNAVAILABLE: this server is going away; another one may serve at once.
absl::Status Draining();

/// What to end a call with whose job the executor abandoned with `status`: UNAVAILABLE becomes
/// Draining(), everything else stays.
absl::Status AfterAbandonment(const absl::Status& status);

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_REFUSALS_H_
