#include "trainer/criteria/code_gradient.h"

#include <cstddef>
#include <type_traits>

namespace cae {
namespace {

// The activation is a template parameter so that the loop has no branch and vectorises.
template <Activation activation>
void Differentiate(float contraction, std::size_t size, const float* __restrict codes,
                   const float* __restrict squared_norms, float* __restrict gradients,
                   float* __restrict delta_sums, float* __restrict squared_sums) {
  for (std::size_t j = 0; j < size; ++j) {
    const float d = ActivationDerivative(activation, codes[j]);
    const float d2 = d * d;
    const float penalty =
        2 * contraction * d2 * ActivationCurvature(activation, codes[j]) * squared_norms[j];
    const float delta = d * gradients[j] + penalty;
    gradients[j] = delta;
    delta_sums[j] += delta;
    squared_sums[j] += d2;
  }
}

template <Activation activation>
double DifferentiateInvariance(float weight, std::size_t size, const float* __restrict codes,
                               float* __restrict neighbour, float* __restrict gradients,
                               float* __restrict delta_sums) {
  double squares = 0;
  for (std::size_t j = 0; j < size; ++j) {
    const float difference = codes[j] - neighbour[j];
    const float delta = -2 * weight * difference * ActivationDerivative(activation, neighbour[j]);
    squares += double{difference} * difference;
    gradients[j] += 2 * weight * difference;
    neighbour[j] = delta;
    delta_sums[j] += delta;
  }
  return squares;
}

template <Activation activation>
void DifferentiateStability(float weight, std::size_t size, const float* __restrict codes,
                            const float* __restrict squared_norms, float* __restrict neighbour,
                            float* __restrict deltas, float* __restrict delta_sums,
                            float* __restrict squared_sums) {
  for (std::size_t j = 0; j < size; ++j) {
    const float d = ActivationDerivative(activation, codes[j]);
    const float d_there = ActivationDerivative(activation, neighbour[j]);
    const float difference = d - d_there;
    const float factor = 2 * weight * difference * squared_norms[j];
    const float here = factor * d * ActivationCurvature(activation, codes[j]);
    const float there = -factor * d_there * ActivationCurvature(activation, neighbour[j]);
    deltas[j] += here;
    neighbour[j] = there;
    delta_sums[j] += here + there;
    squared_sums[j] += difference * difference;
  }
}

// Calls `run` with the activation as a constant.
template <typename Run>
auto WithActivation(Activation activation, const Run& run) {
  switch (activation) {
    case Activation::kLogistic:
      break;
    case Activation::kTanh:
      return run(std::integral_constant<Activation, Activation::kTanh>());
    case Activation::kRelu:
      return run(std::integral_constant<Activation, Activation::kRelu>());
    case Activation::kIdentity:
      return run(std::integral_constant<Activation, Activation::kIdentity>());
  }
  return run(std::integral_constant<Activation, Activation::kLogistic>());
}

}  // namespace

void AddContractionAndDifferentiate(Activation activation, float contraction,
                                    absl::Span<const float> codes,
                                    absl::Span<const float> squared_norms,
                                    absl::Span<float> gradients, const CodeGradientSums& sums) {
  WithActivation(activation, [&](auto constant) {
    Differentiate<constant()>(contraction, codes.size(), codes.data(), squared_norms.data(),
                              gradients.data(), sums.deltas.data(),
                              sums.squared_derivatives.data());
  });
}

double AddInvarianceAndDifferentiate(Activation activation, float weight,
                                     absl::Span<const float> codes, absl::Span<float> neighbour,
                                     absl::Span<float> gradients, absl::Span<float> delta_sums) {
  return WithActivation(activation, [&](auto constant) {
    return DifferentiateInvariance<constant()>(weight, codes.size(), codes.data(), neighbour.data(),
                                               gradients.data(), delta_sums.data());
  });
}

void AddStabilityAndDifferentiate(Activation activation, float weight,
                                  absl::Span<const float> codes,
                                  absl::Span<const float> squared_norms,
                                  absl::Span<float> neighbour, absl::Span<float> deltas,
                                  const CodeGradientSums& sums) {
  WithActivation(activation, [&](auto constant) {
    DifferentiateStability<constant()>(weight, codes.size(), codes.data(), squared_norms.data(),
                                       neighbour.data(), deltas.data(), sums.deltas.data(),
                                       sums.squared_derivatives.data());
  });
}

}  // namespace cae
