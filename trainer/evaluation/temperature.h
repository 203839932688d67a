// Temperature: makes the probabilities of a trained classifier as sure as they are right.
#ifndef CAE_TRAINER_EVALUATION_TEMPERATURE_H_
#define CAE_TRAINER_EVALUATION_TEMPERATURE_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/math/matrix.h"

namespace cae {

/// The T in [0.05, 20] for which softmax(logits / T) gives rows that the classifier was not trained
/// on their classes with the smallest mean cross-entropy (Guo, Pleiss, Sun, Weinberger, ICML 2017).
/// It is convex in 1/T; found by bisection of the derivative. At least one row.
double FitTemperature(ConstMatrixView logits, absl::Span<const std::uint8_t> labels);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_TEMPERATURE_H_
