#include "benchmarks/load/load_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cae::benchmarks {
namespace {

nlohmann::json Microseconds(const LatencyHistogram& histogram) {
  return {{"mean", histogram.Mean() / 1e3},
          {"p50", histogram.Percentile(0.5) / 1e3},
          {"p90", histogram.Percentile(0.9) / 1e3},
          {"p99", histogram.Percentile(0.99) / 1e3},
          {"p99.9", histogram.Percentile(0.999) / 1e3},
          {"max", static_cast<double>(histogram.max()) / 1e3}};
}

}  // namespace

void LoadReport::Merge(const LoadReport& other) {
  seconds = std::max(seconds, other.seconds);
  calls += other.calls;
  errors += other.errors;
  if (first_error.empty()) first_error = other.first_error;
  request_bytes = std::max(request_bytes, other.request_bytes);
  response_bytes = std::max(response_bytes, other.response_bytes);
  latency.Merge(other.latency);
  lateness.Merge(other.lateness);
}

nlohmann::json ToJson(const LoadReport& report, double processor_seconds) {
  nlohmann::json json = {
      {"seconds", report.seconds},
      {"calls", report.calls},
      {"errors", report.errors},
      {"calls_per_second", report.seconds > 0 ? report.calls / report.seconds : 0.0},
      {"request_bytes", report.request_bytes},
      {"response_bytes", report.response_bytes},
      {"latency_us", Microseconds(report.latency)},
      {"driver_processor_seconds", processor_seconds}};
  if (report.lateness.count() > 0) json["lateness_us"] = Microseconds(report.lateness);
  if (!report.first_error.empty()) json["first_error"] = report.first_error;
  return json;
}

double ProcessorSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace cae::benchmarks
