#include "trainer/reporting/progress_bar.h"

#include "absl/strings/str_format.h"

namespace cae {

std::string ProgressBar(std::int64_t done, std::int64_t all) {
  constexpr std::int64_t kWidth = 20;
  const auto filled = static_cast<std::size_t>(kWidth * done / all);
  return absl::StrFormat("[%s%s] %d/%d", std::string(filled, '#'),
                         std::string(kWidth - filled, '.'), done, all);
}

}  // namespace cae
