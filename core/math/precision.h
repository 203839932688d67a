// Precision: the numbers that products multiply.
#ifndef CAE_CORE_MATH_PRECISION_H_
#define CAE_CORE_MATH_PRECISION_H_

#include "absl/strings/string_view.h"

namespace cae {

enum class Precision {
  kFloat32,
  kBFloat16,  ///< weights and inputs rounded to bfloat16 (8 bits of mantissa), sums, biases and
              ///< results in float32: up to twice as fast where the processor has it
};

/// "float32" or "bfloat16".
inline absl::string_view PrecisionName(Precision precision) {
  return precision == Precision::kFloat32 ? "float32" : "bfloat16";
}

}  // namespace cae

#endif  // CAE_CORE_MATH_PRECISION_H_
