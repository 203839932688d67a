// RpcCall: what a reactor of any rpc of CaeService keeps about its call.
#ifndef CAE_SERVER_SERVICES_RPC_CALL_H_
#define CAE_SERVER_SERVICES_RPC_CALL_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/serving/budget.h"
#include "core/serving/in_flight.h"
#include "server/requests/rpc_observer.h"
#include "server/serving_context.h"

namespace cae {

/// Counts as one request in flight from its construction to its destruction, unless the server was
/// draining by then. Cancel(), Interruption() and interrupted_from() may be called from any thread
/// at any time; all else by whoever the reactor lets act at the moment. Refers to the call's
/// context and to the server's parts, which outlive every reactor.
class RpcCall {
 public:
  /// `method` is the rpc's name, a literal; `observer` may be null.
  RpcCall(const ServingContext& serving, RpcObserver* observer, const char* method,
          grpc::CallbackServerContext& context);
  RpcCall(const RpcCall&) = delete;
  RpcCall& operator=(const RpcCall&) = delete;

  const ServingContext& serving() const { return serving_; }
  RpcObserver* observer() const { return observer_; }
  absl::Time deadline() const { return deadline_; }

  /// Row 8 of the error table: takes `units` of one of the budgets, rows or chains.
  /// UNAVAILABLE: the server drains. RESOURCE_EXHAUSTED: they do not fit, or the wait is longer
  /// than the deadline is away. DEADLINE_EXCEEDED: it is over already.
  /// `wait`: how long the caller would probably wait for what it asks.
  absl::Status AdmitRows(std::int64_t units, absl::Duration wait);
  absl::Status AdmitChains(std::int64_t units, absl::Duration wait);

  /// Remembers that nobody waits for an answer any more.
  void Cancel();
  /// OK while there is reason to go on; otherwise CANCELLED or DEADLINE_EXCEEDED.
  absl::Status Interruption() const;
  /// When that ceased to be OK or, as far as is known by now, will.
  absl::Time interrupted_from() const;

  /// Gives the budget back and returns what to finish the call with; sets the pushback trailer
  /// where the status has a delay.
  grpc::Status Close(const absl::Status& status);

 private:
  /// What of row 8 does not depend on the budget.
  absl::Status CheckTime(absl::Duration wait) const;
  absl::Status Rejected(absl::Status status) const;

  const ServingContext serving_;
  RpcObserver* const observer_;
  const char* const method_;
  grpc::CallbackServerContext& context_;
  const absl::Time deadline_;
  const std::optional<InFlight::Token> token_;
  Budget::Reservation reservation_;
  /// Nanoseconds since 1970.
  std::atomic<std::int64_t> cancelled_at_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_RPC_CALL_H_
