#include "core/diagnostics/split_r_hat.h"

#include <cmath>

namespace cae {

std::optional<double> SplitRHat(absl::Span<const Moments> parts) {
  if (parts.size() < 2) return std::nullopt;
  Moments means;
  double numbers = 0;
  double squares = 0;
  for (const Moments& part : parts) {
    if (part.count < 2) return std::nullopt;
    means.Add(part.mean);
    numbers += static_cast<double>(part.count);
    squares += part.m2;
  }
  const auto count = static_cast<double>(parts.size());
  const double within = squares / (numbers - count);
  if (!(within > 0)) return std::nullopt;
  const double n = numbers / count;
  return std::sqrt((within * (n - 1) / n + means.Variance()) / within);
}

}  // namespace cae
