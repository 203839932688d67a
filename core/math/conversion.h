// Conversions between floats and the smaller types of the wire, and checks of many floats at once,
// vectorised by Highway for the processor found at run time.
#ifndef CAE_CORE_MATH_CONVERSION_H_
#define CAE_CORE_MATH_CONVERSION_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace cae {

// All functions: thread-safe, any length; the spans of one call have the same length and do not
// overlap. Bits are those of the scalar definitions (core/math/half.h for halves) on every
// processor, for every element wherever it stands.

/// floats[i] = bytes[i] / 255.0f: a quotient, which the product with 1/255.0f would not always
/// equal.
void BytesToFloats(absl::Span<const std::uint8_t> bytes, absl::Span<float> floats);
/// Exact; infinities and NaN stay what they are.
void Float16ToFloats(absl::Span<const std::uint16_t> halves, absl::Span<float> floats);
void BFloat16ToFloats(absl::Span<const std::uint16_t> halves, absl::Span<float> floats);

// These return the position of the first element that the smaller type cannot hold, or the number
// of elements. All of them are written in any case.

/// bytes[i] = clamp(round(255 floats[i])), halves rounded up. Cannot hold NaN, which becomes 0.
std::size_t FloatsToBytes(absl::Span<const float> floats, absl::Span<std::uint8_t> bytes);
/// Rounded to nearest, ties to even. Cannot hold what becomes infinity, or was it already; NaN
/// stays NaN.
std::size_t FloatsToFloat16(absl::Span<const float> floats, absl::Span<std::uint16_t> halves);
std::size_t FloatsToBFloat16(absl::Span<const float> floats, absl::Span<std::uint16_t> halves);

/// The position of the first element that is not within [low, high], as NaN never is, or the number
/// of elements. With the largest finite numbers as bounds: the first that is not finite.
std::size_t FirstOutside(absl::Span<const float> floats, float low, float high);

}  // namespace cae

#endif  // CAE_CORE_MATH_CONVERSION_H_
