#include "server/services/rpc_call.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "proto/codec/status_codec.h"
#include "server/requests/refusals.h"

namespace cae {
namespace {

/// gRPC cancels a call by its own timer when its deadline passes; so close to it that is the cause.
constexpr absl::Duration kDeadlineSlack = absl::Milliseconds(10);

absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  return deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture()
                                                                  : absl::FromChrono(deadline);
}

absl::Status DeadlinePassed() {
  return absl::DeadlineExceededError("the deadline passed before the work was done");
}

}  // namespace

RpcCall::RpcCall(const ServingContext& serving, RpcObserver* observer, const char* method,
                 grpc::CallbackServerContext& context)
    : serving_(serving),
      observer_(observer),
      method_(method),
      context_(context),
      deadline_(DeadlineOf(context)),
      token_(serving.in_flight.Enter()) {}

absl::Status RpcCall::CheckTime(absl::Duration wait) const {
  if (!token_.has_value()) return Draining();
  const absl::Duration left = deadline_ - serving_.clock.Now();
  if (left <= absl::ZeroDuration()) return DeadlinePassed();
  return left < wait ? DeadlineTooShort(left, wait) : absl::OkStatus();
}

absl::Status RpcCall::Rejected(absl::Status status) const {
  const auto info = GetErrorInfo(status);
  if (observer_ != nullptr && info.has_value()) observer_->OnRejected(method_, info->reason());
  return status;
}

absl::Status RpcCall::AdmitRows(std::int64_t units, absl::Duration wait) {
  if (absl::Status status = CheckTime(wait); !status.ok()) return Rejected(std::move(status));
  auto reservation = serving_.rows.Reserve(units);
  if (!reservation.has_value()) {
    return Rejected(QueueFull(units, serving_.rows.used(), serving_.rows.limit(), wait));
  }
  reservation_ = *std::move(reservation);
  return absl::OkStatus();
}

absl::Status RpcCall::AdmitChains(std::int64_t units, absl::Duration wait) {
  if (absl::Status status = CheckTime(wait); !status.ok()) return Rejected(std::move(status));
  auto reservation = serving_.chains.Reserve(units);
  if (!reservation.has_value()) {
    return Rejected(TooManyChains(units, serving_.chains.used(), serving_.chains.limit(), wait));
  }
  reservation_ = *std::move(reservation);
  return absl::OkStatus();
}

void RpcCall::Cancel() {
  cancelled_at_.store(absl::ToUnixNanos(serving_.clock.Now()), std::memory_order_relaxed);
}

absl::Time RpcCall::interrupted_from() const {
  return std::min(deadline_, absl::FromUnixNanos(cancelled_at_.load(std::memory_order_relaxed)));
}

absl::Status RpcCall::Interruption() const {
  const absl::Time now = serving_.clock.Now();
  if (now >= deadline_) return DeadlinePassed();
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  if (cancelled_at_.load(std::memory_order_relaxed) == kNever) return absl::OkStatus();
  return now + kDeadlineSlack >= deadline_ ? DeadlinePassed()
                                           : absl::CancelledError("the client cancelled the call");
}

grpc::Status RpcCall::Close(const absl::Status& status) {
  reservation_ = Budget::Reservation();
  if (const auto pushback = PushbackMilliseconds(status); pushback.has_value()) {
    context_.AddTrailingMetadata(kPushbackTrailer, absl::StrCat(*pushback));
  }
  return ToGrpcStatus(status);
}

}  // namespace cae
