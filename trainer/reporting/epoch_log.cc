#include "trainer/reporting/epoch_log.h"

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace cae {
namespace {

nlohmann::json ToJson(const Metrics& metrics) {
  nlohmann::json json = nlohmann::json::object();
  for (const Metric& metric : metrics) json[metric.name] = metric.value;
  return json;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EpochLog>> EpochLog::Open(const std::string& path) {
  errno = 0;
  std::ofstream file(path, std::ios::app);
  if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("log file ", path));
  return absl::WrapUnique(new EpochLog(path, std::move(file)));
}

std::int64_t EpochLog::bytes() const {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path_, error);
  return error ? 0 : static_cast<std::int64_t>(bytes);
}

void EpochLog::CutTo(std::int64_t bytes) {
  std::error_code error;
  // The next line goes to the end as it then is: the file is open for appending.
  if (bytes < this->bytes()) {
    std::filesystem::resize_file(path_, static_cast<std::uintmax_t>(bytes), error);
  }
}

absl::Status EpochLog::OnEpoch(const TrainingReport& report) {
  const double seconds = absl::ToDoubleSeconds(report.elapsed);
  nlohmann::json line = {
      {"stage", report.stage},
      {"epoch", report.epoch},
      {"epochs", report.epochs},
      {"learning_rate", report.learning_rate},
      {"rows", report.rows},
      {"seconds", seconds},
      {"rows_per_second", seconds > 0 ? static_cast<double>(report.rows) / seconds : 0},
      {"gradient_norm", report.gradient_norm},
      {"training", ToJson(report.training)},
      {"validation", ToJson(report.validation)}};
  if (report.layer > 0) line["layer"] = report.layer;
  errno = 0;
  file_ << line.dump() << std::endl;
  if (!file_) return absl::ErrnoToStatus(errno, absl::StrCat("log file ", path_));
  return absl::OkStatus();
}

}  // namespace cae
