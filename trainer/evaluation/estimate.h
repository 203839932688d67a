// Estimate: a number measured on a sample, and how far off it may be.
#ifndef CAE_TRAINER_EVALUATION_ESTIMATE_H_
#define CAE_TRAINER_EVALUATION_ESTIMATE_H_

#include <algorithm>
#include <cmath>

#include "absl/types/span.h"
#include "core/math/matrix.h"

namespace cae {

/// Plain data.
struct Estimate {
  double mean = 0;
  double standard_error = 0;  ///< of the mean; 0 for a single row
  Index rows = 0;             ///< of the sample
};

/// Mean, and sample standard deviation / √n. At least one value.
inline Estimate EstimateMean(absl::Span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const Eigen::Map<const VectorD> all(values.data(), static_cast<Index>(values.size()));
  const double mean = all.mean();
  const double variance = (all.array() - mean).square().sum() / std::max(n - 1, 1.0);
  return {mean, std::sqrt(variance / n), all.size()};
}

/// Share p of `hits` among `rows` > 0, with the binomial standard error √(p (1 − p) / n).
inline Estimate EstimateShare(Index hits, Index rows) {
  const double share = static_cast<double>(hits) / static_cast<double>(rows);
  return {share, std::sqrt(share * (1 - share) / static_cast<double>(rows)), rows};
}

/// For nlohmann::json, which finds it by the argument's namespace.
template <typename Json>
void to_json(Json& json, const Estimate& estimate) {
  json = {{"mean", estimate.mean},
          {"standard_error", estimate.standard_error},
          {"rows", estimate.rows}};
}

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_ESTIMATE_H_
