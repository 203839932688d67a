#include "trainer/criteria/code_gradient.h"

#include <cstddef>

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

}  // namespace

void AddContractionAndDifferentiate(Activation activation, float contraction,
                                    absl::Span<const float> codes,
                                    absl::Span<const float> squared_norms,
                                    absl::Span<float> gradients, const CodeGradientSums& sums) {
  const auto run = [&](auto differentiate) {
    differentiate(contraction, codes.size(), codes.data(), squared_norms.data(), gradients.data(),
                  sums.deltas.data(), sums.squared_derivatives.data());
  };
  switch (activation) {
    case Activation::kLogistic:
      return run(Differentiate<Activation::kLogistic>);
    case Activation::kTanh:
      return run(Differentiate<Activation::kTanh>);
    case Activation::kRelu:
      return run(Differentiate<Activation::kRelu>);
    case Activation::kIdentity:
      return run(Differentiate<Activation::kIdentity>);
  }
}

}  // namespace cae
