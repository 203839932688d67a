// Activation functions s, and their derivatives written in terms of the output y = s(a), which is
// what forward passes keep.
#ifndef CAE_CORE_MATH_ACTIVATION_H_
#define CAE_CORE_MATH_ACTIVATION_H_

#include <cmath>
#include <optional>

#include "absl/strings/string_view.h"

namespace cae {

enum class Activation {
  kLogistic,  ///< s(a) = 1 / (1 + e^−a),  s' = y (1 − y)
  kTanh,      ///< s(a) = tanh a,          s' = 1 − y²
  kRelu,      ///< s(a) = max(0, a),       s' = [y > 0]
  kIdentity,  ///< s(a) = a,               s' = 1
};

/// "logistic", "tanh", "relu" or "identity": the words of model files and recipes.
absl::string_view ActivationName(Activation activation);
/// The activation of that name, nullopt for another word.
std::optional<Activation> ParseActivation(absl::string_view name);

/// s(a). The logistic function is written so that it does not overflow for any finite a.
template <typename Scalar>
Scalar Activate(Activation activation, Scalar a) {
  switch (activation) {
    case Activation::kLogistic: {
      const Scalar e = std::exp(-std::abs(a));
      return (a >= 0 ? Scalar(1) : e) / (Scalar(1) + e);
    }
    case Activation::kTanh:
      return std::tanh(a);
    case Activation::kRelu:
      return a > 0 ? a : Scalar(0);
    case Activation::kIdentity:
      break;
  }
  return a;
}

/// s'(a) where y = s(a).
template <typename Scalar>
Scalar ActivationDerivative(Activation activation, Scalar y) {
  switch (activation) {
    case Activation::kLogistic:
      return y * (Scalar(1) - y);
    case Activation::kTanh:
      return Scalar(1) - y * y;
    case Activation::kRelu:
      return y > 0 ? Scalar(1) : Scalar(0);
    case Activation::kIdentity:
      break;
  }
  return Scalar(1);
}

/// s'(a) from a itself: keeps its digits where s is so saturated that y no longer tells a.
template <typename Scalar>
Scalar ActivationDerivativeAt(Activation activation, Scalar a) {
  // 4 s'(2a) of the logistic function is s'(a) of tanh.
  const bool is_tanh = activation == Activation::kTanh;
  if (is_tanh || activation == Activation::kLogistic) {
    const Scalar e = std::exp(-std::abs(is_tanh ? a + a : a));
    return (is_tanh ? 4 : 1) * e / ((Scalar(1) + e) * (Scalar(1) + e));
  }
  return activation == Activation::kRelu && !(a > 0) ? Scalar(0) : Scalar(1);
}

/// s''(a) / s'(a) where y = s(a): the factor by which the derivative itself moves, as the
/// contraction penalty needs it. Logistic: 1 − 2y. Tanh: −2y. ReLU and identity: 0.
template <typename Scalar>
Scalar ActivationCurvature(Activation activation, Scalar y) {
  switch (activation) {
    case Activation::kLogistic:
      return Scalar(1) - Scalar(2) * y;
    case Activation::kTanh:
      return Scalar(-2) * y;
    case Activation::kRelu:
    case Activation::kIdentity:
      break;
  }
  return Scalar(0);
}

}  // namespace cae

#endif  // CAE_CORE_MATH_ACTIVATION_H_
