// The reconstruction loss of one row, by the activation of the decoder.
#ifndef CAE_TRAINER_CRITERIA_RECONSTRUCTION_LOSS_H_
#define CAE_TRAINER_CRITERIA_RECONSTRUCTION_LOSS_H_

#include "absl/types/span.h"
#include "core/math/activation.h"

namespace cae {

/// With a = values + bias: cross-entropy Σ softplus(a) − x a for logistic outputs, squared error
/// ½ ‖s(a) − x‖² for every other. Returns the loss and leaves ∂loss/∂a in `values`. The spans have
/// the same length. Thread-safe.
double ReconstructionLoss(Activation activation, absl::Span<const float> bias,
                          absl::Span<const float> targets, absl::Span<float> values);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_RECONSTRUCTION_LOSS_H_
