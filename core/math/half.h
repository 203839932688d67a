// Half-precision numbers: IEEE binary16 ("F16", FLOAT16) and bfloat16 ("BF16"), as bits in a
// uint16_t. Rounding is to nearest, ties to even; NaN stays NaN; overflow becomes infinity, which
// callers must look for.
#ifndef CAE_CORE_MATH_HALF_H_
#define CAE_CORE_MATH_HALF_H_

#include <Eigen/Core>
#include <cmath>
#include <cstdint>

namespace cae {

inline constexpr float kFloat16Max = 65504.0f;

inline float Float16ToFloat(std::uint16_t bits) {
  return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(bits));
}
inline std::uint16_t FloatToFloat16(float value) {
  return Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(value));
}
inline float BFloat16ToFloat(std::uint16_t bits) {
  return static_cast<float>(Eigen::numext::bit_cast<Eigen::bfloat16>(bits));
}
inline std::uint16_t FloatToBFloat16(float value) {
  return Eigen::numext::bit_cast<std::uint16_t>(Eigen::bfloat16(value));
}

}  // namespace cae

#endif  // CAE_CORE_MATH_HALF_H_
