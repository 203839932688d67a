#include "trainer/evaluation/code_statistics.h"

namespace cae {

CodeStatistics DescribeCodes(Activation activation, const Matrix& codes) {
  const float largest = activation == Activation::kLogistic ? 0.25f : 1.0f;
  const auto saturated = codes.array().unaryExpr([&](float code) {
    return ActivationDerivative(activation, code) < largest / 20 ? 1.0f : 0.0f;
  });
  CodeStatistics statistics;
  statistics.mean = codes.cast<double>().mean();
  statistics.saturated = saturated.cast<double>().mean();
  const auto dead_units = (saturated.colwise().minCoeff() > 0).count();
  statistics.dead = static_cast<double>(dead_units) / static_cast<double>(codes.cols());
  return statistics;
}

}  // namespace cae
