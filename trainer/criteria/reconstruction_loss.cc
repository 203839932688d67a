#include "trainer/criteria/reconstruction_loss.h"

#include "core/math/vector_math.h"

namespace cae {

double ReconstructionLoss(Activation activation, absl::Span<const float> bias,
                          absl::Span<const float> targets, absl::Span<float> values) {
  if (activation == Activation::kLogistic) return LogisticLoss(bias, targets, values);
  AddBiasAndActivate(activation, bias, values);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float residual = values[i] - targets[i];
    sum += 0.5 * residual * residual;
    values[i] = residual * ActivationDerivative(activation, values[i]);
  }
  return sum;
}

}  // namespace cae
