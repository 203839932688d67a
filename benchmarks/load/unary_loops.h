// The two ways to put a server under unary load.
#ifndef CAE_BENCHMARKS_LOAD_UNARY_LOOPS_H_
#define CAE_BENCHMARKS_LOAD_UNARY_LOOPS_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <vector>

#include "benchmarks/load/load_report.h"

namespace cae::benchmarks {

/// What both loops need. Plain data.
struct UnaryLoad {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::string method;
  grpc::ByteBuffer request;
  double warm_up_seconds = 1;
  double seconds = 5;
};

/// Closed loop: `in_flight` calls at any time, over `threads` threads; a call is due when the one
/// before it has ended. Measures how much the server does. Ends by itself after warm-up, window and
/// what is then still in flight (each call has a deadline).
LoadReport RunClosedLoop(const UnaryLoad& load, int in_flight, int threads);

/// Open loop: calls are due at a fixed rate, whether earlier ones have ended or not, and latencies
/// count from when a call was due: an answer that makes others wait is seen in their latencies, too
/// (no coordinated omission). Measures how long users wait. At most 10,000 are in flight; beyond
/// that sending waits, which the latencies show.
LoadReport RunOpenLoop(const UnaryLoad& load, double calls_per_second);

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_LOAD_UNARY_LOOPS_H_
