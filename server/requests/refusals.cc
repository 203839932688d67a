#include "server/requests/refusals.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/codec/status_codec.h"

namespace cae {
namespace {

constexpr absl::Duration kShortestDelay = absl::Milliseconds(50);
constexpr absl::Duration kLongestDelay = absl::Seconds(5);
constexpr absl::Duration kDrainDelay = absl::Seconds(1);

absl::Status ComeBack(absl::Status status, const char* reason, absl::Duration wait) {
  return WithRetryAfter(WithErrorInfo(std::move(status), reason),
                        std::clamp(wait, kShortestDelay, kLongestDelay));
}

}  // namespace

absl::Status QueueFull(std::int64_t rows, std::int64_t used, std::int64_t limit,
                       absl::Duration wait) {
  return ComeBack(
      absl::ResourceExhaustedError(absl::StrCat("the server works on ", used, " of at most ", limit,
                                                " rows and cannot take ", rows, " more now")),
      kReasonQueueFull, wait);
}

absl::Status TooManyChains(std::int64_t chains, std::int64_t used, std::int64_t limit,
                           absl::Duration wait) {
  return ComeBack(
      absl::ResourceExhaustedError(absl::StrCat("the server runs ", used, " of at most ", limit,
                                                " chains and cannot take ", chains, " more now")),
      kReasonTooManyChains, wait);
}

absl::Status DeadlineTooShort(absl::Duration left, absl::Duration wait) {
  return ComeBack(absl::ResourceExhaustedError(absl::StrCat(
                      "the deadline is ", absl::FormatDuration(left),
                      " away and the first answer would take about ", absl::FormatDuration(wait))),
                  kReasonDeadlineTooShort, wait);
}

absl::Status Draining() {
  return ComeBack(absl::UnavailableError("the server is shutting down; ask another one"),
                  kReasonDraining, kDrainDelay);
}

absl::Status AfterAbandonment(const absl::Status& status) {
  return absl::IsUnavailable(status) ? Draining() : status;
}

}  // namespace cae
