// LoadReport: what a load run measured.
#ifndef CAE_BENCHMARKS_LOAD_LOAD_REPORT_H_
#define CAE_BENCHMARKS_LOAD_LOAD_REPORT_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "benchmarks/load/latency_histogram.h"

namespace cae::benchmarks {

/// Plain data. Counts what was completed within the measured window alone.
struct LoadReport {
  double seconds = 0;  ///< the window
  std::int64_t calls = 0;
  std::int64_t errors = 0;  ///< of the whole run, warm-up included: a run with errors is void
  std::string first_error;
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;  ///< of the last answer
  LatencyHistogram latency;         ///< from when the call was due to when its answer was there
  LatencyHistogram lateness;        ///< open loop: from when the call was due to when it was sent

  void Merge(const LoadReport& other);
};

/// Latencies in microseconds; the processor seconds are the whole run's of this process.
nlohmann::json ToJson(const LoadReport& report, double processor_seconds);

/// Seconds of processor time that this process has used.
double ProcessorSeconds();

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_LOAD_LOAD_REPORT_H_
