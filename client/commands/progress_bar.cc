#include "client/commands/progress_bar.h"

#include <algorithm>
#include <utility>

namespace cae {
namespace {

constexpr std::int64_t kWidth = 40;
constexpr absl::Duration kWorthTelling = absl::Seconds(1);
constexpr char kWipe[] = "\r\x1b[K";

}  // namespace

ProgressBar::ProgressBar(Streams& streams, std::int64_t total, std::string unit)
    : streams_(streams), total_(std::max<std::int64_t>(total, 1)), unit_(std::move(unit)) {
  Show(0);
}

ProgressBar::~ProgressBar() { Wipe(); }

void ProgressBar::Wipe() {
  if (streams_.err_is_terminal) streams_.err << kWipe << std::flush;
}

void ProgressBar::Show(std::int64_t done) {
  if (!streams_.err_is_terminal) return;
  const auto full = static_cast<std::size_t>(kWidth * std::min(done, total_) / total_);
  streams_.err << kWipe << "[" << std::string(full, '#') << std::string(kWidth - full, '.') << "] "
               << done << "/" << total_ << " " << unit_;
  const absl::Duration taken = absl::Now() - start_;
  if (done > 0 && done < total_ && taken > kWorthTelling) {
    const absl::Duration left =
        taken * (static_cast<double>(total_ - done) / static_cast<double>(done));
    streams_.err << ", " << absl::FormatDuration(absl::Ceil(left, absl::Seconds(1))) << " left";
  }
  streams_.err << std::flush;
}

}  // namespace cae
