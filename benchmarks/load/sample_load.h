// Streams of draws as load.
#ifndef CAE_BENCHMARKS_LOAD_SAMPLE_LOAD_H_
#define CAE_BENCHMARKS_LOAD_SAMPLE_LOAD_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "benchmarks/load/latency_histogram.h"
#include "cae/v1/cae_service.pb.h"

namespace cae::benchmarks {

/// Streams that are all opened at once and all cancelled at the end. Plain data.
struct SampleLoad {
  std::vector<std::shared_ptr<grpc::Channel>> channels;  ///< used in turn
  v1::SampleRequest
      request;  ///< each stream adds its number to `seed`; draws must be 0, without end
  int streams = 1;
  double warm_up_seconds = 1;
  double seconds = 5;
  /// Reads the first message of each stream and then nothing, so that the server must park the
  /// chains. The window then starts when all have had it (or after 60 s).
  bool stall = false;
};

/// Plain data.
struct SampleReport {
  double seconds = 0;
  int streams_measured = 0;     ///< those with at least two messages in the window
  double draws_per_second = 0;  ///< of all streams: each one's draws between its first and its last
                                ///< message of the window, by the time between the two
  std::int64_t messages = 0;    ///< in the window
  std::int64_t bytes = 0;       ///< of draws, in the window
  std::int64_t errors = 0;
  std::string first_error;
  LatencyHistogram first_message;  ///< from the start of a stream
};

/// Runs it on the calling thread. `on_window` is called when the window begins: from then on the
/// server is as loaded as it will be.
SampleReport RunSampleLoad(const SampleLoad& load, const std::function<void()>& on_window);

nlohmann::json ToJson(const SampleReport& report, const SampleLoad& load, double processor_seconds);

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_LOAD_SAMPLE_LOAD_H_
