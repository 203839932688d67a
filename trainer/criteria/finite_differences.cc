#include "trainer/criteria/finite_differences.h"

#include <algorithm>
#include <cmath>

namespace cae {

VectorD NumericalGradient(const std::function<double(const VectorD&)>& f, const VectorD& x) {
  constexpr double kStep = 1e-4;
  VectorD moved = x, gradient(x.size());
  const auto f_at = [&](Index i, double steps) {
    moved[i] = x[i] + steps * kStep;
    return f(moved);
  };
  for (Index i = 0; i < x.size(); ++i) {
    const double difference = f_at(i, -2) - 8 * f_at(i, -1) + 8 * f_at(i, 1) - f_at(i, 2);
    gradient[i] = difference / (12 * kStep);
    moved[i] = x[i];
  }
  return gradient;
}

double LargestRelativeError(const VectorD& gradient, const VectorD& reference) {
  const double floor = 1e-3 * reference.cwiseAbs().maxCoeff();
  double largest = 0;
  for (Index i = 0; i < reference.size(); ++i) {
    const double scale = std::max({std::abs(gradient[i]), std::abs(reference[i]), floor});
    const double error = std::abs(gradient[i] - reference[i]) / scale;
    // Written so that NaN counts as an error.
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

}  // namespace cae
