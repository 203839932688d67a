// Elementwise functions over spans of floats, vectorised by Highway for the processor found at run
// time: what stands between the products of a training step or of a chain.
#ifndef CAE_CORE_MATH_VECTOR_MATH_H_
#define CAE_CORE_MATH_VECTOR_MATH_H_

#include "absl/types/span.h"
#include "core/math/activation.h"

namespace cae {

// All functions: thread-safe, single-threaded, any length; spans of one call have the same length
// and, where one is written, do not overlap. An element's bits depend on its own inputs and on the
// processor alone, not on where in the span it stands. NaN stays NaN. Errors against a computation
// in double: a few units in the last place.

/// values[i] = s(values[i] + bias[i]).
void AddBiasAndActivate(Activation activation, absl::Span<const float> bias,
                        absl::Span<float> values);

/// values[i] = s(values[i]), derivatives[i] = s'(values[i] before): from a itself, so that the
/// derivative keeps its digits where s is saturated.
void ActivateWithDerivative(Activation activation, absl::Span<float> values,
                            absl::Span<float> derivatives);

/// out[i] = a[i] b[i]. `out` may be `a` or `b` itself.
void Multiply(absl::Span<const float> a, absl::Span<const float> b, absl::Span<float> out);

/// y[i] += factor x[i].
void AddScaled(float factor, absl::Span<const float> x, absl::Span<float> y);

/// Whether no element is infinite or NaN.
bool AllFinite(absl::Span<const float> values);

/// The cross-entropy of logistic outputs, from a[i] = values[i] + bias[i]: returns
/// Σ_i softplus(a[i]) − targets[i] a[i], in nats, and leaves its derivative by a,
/// values[i] = s(a[i]) − targets[i]. Does not lose digits in a saturated s.
double LogisticLoss(absl::Span<const float> bias, absl::Span<const float> targets,
                    absl::Span<float> values);

/// Σ_i values[i]², summed in float in as many partial sums as a vector has lanes.
double SquaredNorm(absl::Span<const float> values);

}  // namespace cae

#endif  // CAE_CORE_MATH_VECTOR_MATH_H_
