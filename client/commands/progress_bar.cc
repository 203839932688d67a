#include "client/commands/progress_bar.h"

#include <algorithm>
#include <utility>

namespace cae {
namespace {

constexpr std::int64_t kWidth = 40;
constexpr char kWipe[] = "\r\x1b[K";

}  // namespace

ProgressBar::ProgressBar(Streams& streams, std::int64_t total, std::string unit)
    : streams_(streams), total_(std::max<std::int64_t>(total, 1)), unit_(std::move(unit)) {
  Show(0);
}

ProgressBar::~ProgressBar() {
  if (streams_.err_is_terminal) streams_.err << kWipe << std::flush;
}

void ProgressBar::Show(std::int64_t done) {
  if (!streams_.err_is_terminal) return;
  const auto full = static_cast<std::size_t>(kWidth * std::min(done, total_) / total_);
  streams_.err << kWipe << "[" << std::string(full, '#') << std::string(kWidth - full, '.') << "] "
               << done << "/" << total_ << " " << unit_ << std::flush;
}

}  // namespace cae
