#include "server/metrics/process_collector.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace cae {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void AddFamily(const char* name, const char* help, MetricType type, double value,
               std::vector<MetricFamily>& families) {
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  families.push_back({name, help, type, {metric}});
}

std::string Contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Field `number` of /proc/self/stat, counted as proc(5) does.
std::optional<double> StatField(const std::string& stat, int number) {
  // Field 2 is the program's name in brackets and may hold anything; field 3 comes after it.
  const std::size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos || end_of_name + 2 >= stat.size()) return std::nullopt;
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(end_of_name + 2), ' ');
  const std::size_t index = static_cast<std::size_t>(number) - 3;
  double value = 0;
  if (index >= fields.size() || !absl::SimpleAtod(fields[index], &value)) return std::nullopt;
  return value;
}

/// When the machine started, in seconds since 1970.
std::optional<double> BootTime() {
  for (const absl::string_view line : absl::StrSplit(Contents("/proc/stat"), '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    double value = 0;
    if (words.size() == 2 && words[0] == "btime" && absl::SimpleAtod(words[1], &value)) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<double> OpenDescriptors() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error)) {
    ++count;
  }
  if (error || count == 0) return std::nullopt;
  return count - 1;  // without the one that listed them
}

void AddStatFamilies(const std::string& stat, std::vector<MetricFamily>& families) {
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto user = StatField(stat, 14);
  const auto system = StatField(stat, 15);
  if (user && system) {
    AddFamily("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
              MetricType::Counter, (*user + *system) / ticks, families);
  }
  if (const auto threads = StatField(stat, 20)) {
    AddFamily("process_threads", "Number of threads.", MetricType::Gauge, *threads, families);
  }
  const auto start = StatField(stat, 22);
  if (const auto boot = BootTime(); boot && start) {
    AddFamily("process_start_time_seconds",
              "Start time of the process since unix epoch in seconds.", MetricType::Gauge,
              *boot + *start / ticks, families);
  }
  if (const auto size = StatField(stat, 23)) {
    AddFamily("process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge,
              *size, families);
  }
  if (const auto pages = StatField(stat, 24)) {
    AddFamily("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
              *pages * static_cast<double>(sysconf(_SC_PAGESIZE)), families);
  }
}

}  // namespace

std::vector<MetricFamily> ProcessCollector::Collect() const {
  std::vector<MetricFamily> families;
  AddStatFamilies(Contents("/proc/self/stat"), families);
  if (const auto open = OpenDescriptors()) {
    AddFamily("process_open_fds", "Number of open file descriptors.", MetricType::Gauge, *open,
              families);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    AddFamily("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
              static_cast<double>(limit.rlim_cur), families);
  }
  return families;
}

}  // namespace cae
