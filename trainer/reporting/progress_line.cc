#include "trainer/reporting/progress_line.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace cae {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr absl::Duration kPlainInterval = absl::Minutes(1);

std::string Shown(const Metrics& metrics, absl::string_view prefix) {
  std::string text;
  for (const Metric& metric : metrics) {
    absl::StrAppendFormat(&text, "  %s%s %.5g", prefix, metric.name, metric.value);
  }
  return text;
}

double RowsPerSecond(const TrainingReport& report) {
  const double seconds = absl::ToDoubleSeconds(report.elapsed);
  return seconds > 0 ? static_cast<double>(report.rows_done) / seconds : 0;
}

// Of the stage, at the pace of the stage so far.
absl::Duration TimeLeft(const TrainingReport& report) {
  const double done =
      (report.epoch - 1 + static_cast<double>(report.rows_done) / report.rows) / report.epochs;
  return report.stage_elapsed * ((1 - done) / done);
}

std::string Minutes(absl::Duration duration) {
  const auto seconds = absl::ToInt64Seconds(duration + absl::Milliseconds(500));
  return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
}

std::string Head(const TrainingReport& report) {
  return absl::StrCat(report.stage, "  epoch ", report.epoch, "/", report.epochs);
}

}  // namespace

ProgressLine::~ProgressLine() { Erase(); }

void ProgressLine::Erase() {
  if (shown_ == 0) return;
  out_ << '\r' << std::string(shown_, ' ') << '\r' << std::flush;
  shown_ = 0;
}

bool ProgressLine::IsDue() {
  const absl::Time now = clock_.Now();
  // The first plain line has a minute, too.
  if (!terminal_ && last_ == absl::InfinitePast()) last_ = now;
  if (now - last_ < (terminal_ ? kInterval : kPlainInterval)) return false;
  last_ = now;
  return true;
}

absl::Status ProgressLine::OnStep(const TrainingReport& report) {
  if (!IsDue()) return absl::OkStatus();
  std::string line = absl::StrCat(
      Head(report), absl::StrFormat(" %3.0f%%", 100.0 * report.rows_done / report.rows),
      Shown(report.training, ""), absl::StrFormat("  %.0f rows/s", RowsPerSecond(report)), "  ",
      Minutes(TimeLeft(report)), " left");
  if (!terminal_) {
    out_ << line << std::endl;
    return absl::OkStatus();
  }
  const std::size_t length = line.size();
  if (length < shown_) line.append(shown_ - length, ' ');
  out_ << '\r' << line << std::flush;
  shown_ = length;
  return absl::OkStatus();
}

absl::Status ProgressLine::OnEpoch(const TrainingReport& report) {
  Erase();
  if (!terminal_) last_ = clock_.Now();
  out_ << Head(report) << Shown(report.training, "") << Shown(report.validation, "validation ")
       << absl::StrFormat("  %.2f s  %.0f rows/s", absl::ToDoubleSeconds(report.elapsed),
                          RowsPerSecond(report))
       << std::endl;
  return absl::OkStatus();
}

}  // namespace cae
