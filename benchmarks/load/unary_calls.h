// UnaryCalls: unary calls in flight on one completion queue, and when each was due.
#ifndef CAE_BENCHMARKS_LOAD_UNARY_CALLS_H_
#define CAE_BENCHMARKS_LOAD_UNARY_CALLS_H_

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/load/load_report.h"

namespace cae::benchmarks {

using LoadClock = std::chrono::steady_clock;

/// When a run warms up and measures: calls that were due in [start, end) count. Plain data.
struct Window {
  LoadClock::time_point start;
  LoadClock::time_point end;
  static Window After(double warm_up_seconds, double seconds);
};

/// Sends the same bytes again and again. Send() may be called by one thread while another is in
/// Receive(); each of the two by one thread at a time.
class UnaryCalls {
 public:
  /// The channels are used in turn. Each call's deadline is `timeout`.
  UnaryCalls(const std::vector<std::shared_ptr<grpc::Channel>>& channels, std::string method,
             grpc::ByteBuffer request, std::chrono::seconds timeout);

  /// Starts a call that was due at `due`.
  void Send(LoadClock::time_point due);

  /// Waits for an answer and notes it in `report`; false once nothing is in flight and Close() was
  /// called.
  bool Receive(const Window& window, LoadReport& report);

  /// Nothing will be sent any more.
  void Close();

  std::int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  struct Call;

  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  const std::string method_;
  const grpc::ByteBuffer request_;
  const std::chrono::seconds timeout_;
  std::size_t next_stub_ = 0;
  std::atomic<std::int64_t> in_flight_ = 0;
  grpc::CompletionQueue queue_;
};

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_LOAD_UNARY_CALLS_H_
