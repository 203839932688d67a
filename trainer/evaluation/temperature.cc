#include "trainer/evaluation/temperature.h"

namespace cae {
namespace {

// Of the cross-entropy by β = 1/T: Σ (E_p[z] − z_label), p = softmax(β z).
double Derivative(ConstMatrixView logits, absl::Span<const std::uint8_t> labels, double beta) {
  double sum = 0;
  for (Index i = 0; i < logits.rows(); ++i) {
    const Eigen::ArrayXd z = logits.row(i).transpose().cast<double>();
    const Eigen::ArrayXd weights = (beta * (z - z.maxCoeff())).exp();
    sum += (weights * z).sum() / weights.sum() - z[labels[i]];
  }
  return sum;
}

}  // namespace

double FitTemperature(ConstMatrixView logits, absl::Span<const std::uint8_t> labels) {
  constexpr int kBisections = 50;
  double low = 1.0 / 20, high = 1 / 0.05;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = 0.5 * (low + high);
    (Derivative(logits, labels, middle) > 0 ? high : low) = middle;
  }
  return 2 / (low + high);
}

}  // namespace cae
