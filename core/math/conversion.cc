#include "core/math/conversion.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

// Highway compiles the rest of this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/math/conversion.cc"
// The order of these two is Highway's.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace cae {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Float = hn::ScalableTag<float>;
using Word = hn::RebindToUnsigned<Float>;
using SignedWord = hn::RebindToSigned<Float>;
using Half = hn::Rebind<std::uint16_t, Float>;
using Byte = hn::Rebind<std::uint8_t, Float>;
using Lanes = hn::Vec<Float>;
using WordLanes = hn::Vec<Word>;
using Mask = hn::Mask<Float>;

// Halves are converted by the integer arithmetic of their definition, not by the processor's own
// instructions: those of some instruction sets treat subnormal numbers and NaN in their own way.

constexpr std::uint32_t kSign = 0x80000000;
constexpr std::uint32_t kFloatInfinity = 0x7F800000;
constexpr std::uint32_t kHalfExponent = 0x7C00 << 13;        // of a half shifted to a float's place
constexpr std::uint32_t kBiasDifference = (127 - 15) << 23;  // of the exponents

// A conversion has Wire (the tag of the other type) and either ToFloat or FromFloat; the latter
// gives the mask of the elements that the other type cannot hold.

struct ByteConversion {
  using Wire = Byte;
  HWY_INLINE Lanes ToFloat(hn::Vec<Byte> bytes) const {
    const Float tag;
    const auto words = hn::PromoteTo(SignedWord(), bytes);
    return hn::Div(hn::ConvertTo(tag, words), hn::Set(tag, 255.0f));
  }
  HWY_INLINE hn::Vec<Byte> FromFloat(Lanes x, Mask& unfit) const {
    const Float tag;
    unfit = hn::IsNaN(x);
    const Lanes product = hn::IfThenZeroElse(unfit, hn::Mul(hn::Set(tag, 255.0f), x));
    const Lanes scaled = hn::Min(hn::Max(product, hn::Zero(tag)), hn::Set(tag, 255.0f));
    // Not floor(x + 0.5): the sum rounds 0.49999997 up to 1.
    const auto whole = hn::ConvertTo(SignedWord(), scaled);
    const Lanes fraction = hn::Sub(scaled, hn::ConvertTo(tag, whole));
    const auto up = hn::IfThenElseZero(hn::Ge(fraction, hn::Set(tag, 0.5f)), hn::Set(tag, 1.0f));
    return hn::DemoteTo(Byte(), hn::Add(whole, hn::ConvertTo(SignedWord(), up)));
  }
};

struct Float16Conversion {
  using Wire = Half;
  HWY_INLINE Lanes ToFloat(hn::Vec<Half> halves) const {
    const Float tag;
    const Word word;
    const WordLanes bits = hn::PromoteTo(word, halves);
    const WordLanes shifted = hn::ShiftLeft<13>(hn::And(bits, hn::Set(word, 0x7FFF)));
    const WordLanes exponent = hn::And(shifted, hn::Set(word, kHalfExponent));
    const WordLanes rebiased = hn::Add(shifted, hn::Set(word, kBiasDifference));
    const WordLanes special = hn::Add(rebiased, hn::Set(word, (128 - 16) << 23));
    // 2^−14 more than the number, from which it is taken off exactly.
    const Lanes magic = hn::BitCast(tag, hn::Set(word, (127 - 14) << 23));
    const Lanes small =
        hn::Sub(hn::BitCast(tag, hn::Add(rebiased, hn::Set(word, 1u << 23))), magic);
    const auto is_special = hn::Eq(exponent, hn::Set(word, kHalfExponent));
    const auto is_small = hn::Eq(exponent, hn::Zero(word));
    const WordLanes magnitude = hn::IfThenElse(is_small, hn::BitCast(word, small),
                                               hn::IfThenElse(is_special, special, rebiased));
    const WordLanes sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(word, 0x8000)));
    return hn::BitCast(tag, hn::Or(magnitude, sign));
  }
  HWY_INLINE hn::Vec<Half> FromFloat(Lanes x, Mask& unfit) const {
    const Float tag;
    const Word word;
    const WordLanes bits = hn::BitCast(word, x);
    const WordLanes sign = hn::And(bits, hn::Set(word, kSign));
    const WordLanes magnitude = hn::Xor(bits, sign);
    // Below 2^−14: the addition of ½ puts the bits where they belong, and rounds them.
    const WordLanes half = hn::Set(word, ((127 - 15) + (23 - 10) + 1) << 23);
    const WordLanes small = hn::Sub(
        hn::BitCast(word, hn::Add(hn::BitCast(tag, magnitude), hn::BitCast(tag, half))), half);
    const WordLanes odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(word, 1));
    const WordLanes normal = hn::ShiftRight<13>(
        hn::Add(hn::Sub(magnitude, hn::Set(word, kBiasDifference - 0xFFF)), odd));
    const auto is_nan = hn::Gt(magnitude, hn::Set(word, kFloatInfinity));
    const WordLanes special = hn::IfThenElse(is_nan, hn::Set(word, 0x7E00), hn::Set(word, 0x7C00));
    const auto is_small = hn::Lt(magnitude, hn::Set(word, (127 - 14) << 23));
    const auto is_special = hn::Gt(magnitude, hn::Set(word, ((127 + 16) << 23) - 1));
    const WordLanes result =
        hn::IfThenElse(is_small, small, hn::IfThenElse(is_special, special, normal));
    unfit = hn::RebindMask(tag, hn::Eq(result, hn::Set(word, 0x7C00)));
    return Narrow(hn::Or(result, hn::ShiftRight<16>(sign)));
  }
  static HWY_INLINE hn::Vec<Half> Narrow(WordLanes words) {
    return hn::DemoteTo(Half(), hn::BitCast(SignedWord(), words));
  }
};

struct BFloat16Conversion {
  using Wire = Half;
  HWY_INLINE Lanes ToFloat(hn::Vec<Half> halves) const {
    return hn::BitCast(Float(), hn::ShiftLeft<16>(hn::PromoteTo(Word(), halves)));
  }
  HWY_INLINE hn::Vec<Half> FromFloat(Lanes x, Mask& unfit) const {
    const Float tag;
    const Word word;
    const WordLanes bits = hn::BitCast(word, x);
    const WordLanes odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(word, 1));
    const WordLanes rounded =
        hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(word, 0x7FFF))));
    const WordLanes sign = hn::And(hn::ShiftRight<16>(bits), hn::Set(word, 0x8000));
    const auto is_nan = hn::RebindMask(word, hn::IsNaN(x));
    const WordLanes result = hn::IfThenElse(is_nan, hn::Or(sign, hn::Set(word, 0x7FC0)), rounded);
    const WordLanes magnitude = hn::And(result, hn::Set(word, 0x7FFF));
    unfit = hn::RebindMask(tag, hn::Eq(magnitude, hn::Set(word, 0x7F80)));
    return Float16Conversion::Narrow(result);
  }
};

// The rest that fills no vector goes through padded copies, so that every element takes the same
// instructions.
template <typename Conversion, typename T = hn::TFromD<typename Conversion::Wire>>
HWY_INLINE void MapToFloats(Conversion conversion, const T* HWY_RESTRICT in,
                            float* HWY_RESTRICT out, std::size_t size) {
  const Float tag;
  const typename Conversion::Wire wire;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(conversion.ToFloat(hn::LoadU(wire, in + i)), tag, out + i);
  }
  if (i == size) return;
  T rest[hn::MaxLanes(tag)] = {};
  float converted[hn::MaxLanes(tag)];
  std::copy_n(in + i, size - i, rest);
  hn::StoreU(conversion.ToFloat(hn::LoadU(wire, rest)), tag, converted);
  std::copy_n(converted, size - i, out + i);
}

template <typename Conversion, typename T = hn::TFromD<typename Conversion::Wire>>
HWY_INLINE std::size_t MapFromFloats(Conversion conversion, const float* HWY_RESTRICT in,
                                     T* HWY_RESTRICT out, std::size_t size) {
  const Float tag;
  const typename Conversion::Wire wire;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t first = size;
  const auto note = [&](std::size_t at, Mask unfit) {
    if (HWY_LIKELY(hn::AllFalse(tag, unfit)) || first < size) return;
    first = at + static_cast<std::size_t>(hn::FindFirstTrue(tag, unfit));
  };
  std::size_t i = 0;
  Mask unfit;
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(conversion.FromFloat(hn::LoadU(tag, in + i), unfit), wire, out + i);
    note(i, unfit);
  }
  if (i == size) return first;
  float rest[hn::MaxLanes(tag)] = {};
  T converted[hn::MaxLanes(tag)];
  std::copy_n(in + i, size - i, rest);
  hn::StoreU(conversion.FromFloat(hn::LoadU(tag, rest), unfit), wire, converted);
  std::copy_n(converted, size - i, out + i);
  note(i, unfit);
  return first;
}

void BytesToFloatsImpl(const std::uint8_t* in, float* out, std::size_t size) {
  MapToFloats(ByteConversion{}, in, out, size);
}
void Float16ToFloatsImpl(const std::uint16_t* in, float* out, std::size_t size) {
  MapToFloats(Float16Conversion{}, in, out, size);
}
void BFloat16ToFloatsImpl(const std::uint16_t* in, float* out, std::size_t size) {
  MapToFloats(BFloat16Conversion{}, in, out, size);
}
std::size_t FloatsToBytesImpl(const float* in, std::uint8_t* out, std::size_t size) {
  return MapFromFloats(ByteConversion{}, in, out, size);
}
std::size_t FloatsToFloat16Impl(const float* in, std::uint16_t* out, std::size_t size) {
  return MapFromFloats(Float16Conversion{}, in, out, size);
}
std::size_t FloatsToBFloat16Impl(const float* in, std::uint16_t* out, std::size_t size) {
  return MapFromFloats(BFloat16Conversion{}, in, out, size);
}

std::size_t FirstOutsideImpl(const float* in, std::size_t size, float low, float high) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  const Lanes lows = hn::Set(tag, low), highs = hn::Set(tag, high);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const Lanes x = hn::LoadU(tag, in + i);
    const Mask inside = hn::And(hn::Ge(x, lows), hn::Le(x, highs));
    if (HWY_UNLIKELY(!hn::AllTrue(tag, inside))) break;
  }
  while (i < size && in[i] >= low && in[i] <= high) ++i;
  return i;
}

}  // namespace HWY_NAMESPACE
}  // namespace cae
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae {
namespace {

void CheckSizes(std::size_t in, std::size_t out) {
  CAE_CHECK(in == out, absl::StrCat("room for ", out, " of ", in, " converted elements"));
}

}  // namespace

HWY_EXPORT(BytesToFloatsImpl);
HWY_EXPORT(Float16ToFloatsImpl);
HWY_EXPORT(BFloat16ToFloatsImpl);
HWY_EXPORT(FloatsToBytesImpl);
HWY_EXPORT(FloatsToFloat16Impl);
HWY_EXPORT(FloatsToBFloat16Impl);
HWY_EXPORT(FirstOutsideImpl);

void BytesToFloats(absl::Span<const std::uint8_t> bytes, absl::Span<float> floats) {
  CheckSizes(bytes.size(), floats.size());
  HWY_DYNAMIC_DISPATCH(BytesToFloatsImpl)(bytes.data(), floats.data(), bytes.size());
}

void Float16ToFloats(absl::Span<const std::uint16_t> halves, absl::Span<float> floats) {
  CheckSizes(halves.size(), floats.size());
  HWY_DYNAMIC_DISPATCH(Float16ToFloatsImpl)(halves.data(), floats.data(), halves.size());
}

void BFloat16ToFloats(absl::Span<const std::uint16_t> halves, absl::Span<float> floats) {
  CheckSizes(halves.size(), floats.size());
  HWY_DYNAMIC_DISPATCH(BFloat16ToFloatsImpl)(halves.data(), floats.data(), halves.size());
}

std::size_t FloatsToBytes(absl::Span<const float> floats, absl::Span<std::uint8_t> bytes) {
  CheckSizes(floats.size(), bytes.size());
  return HWY_DYNAMIC_DISPATCH(FloatsToBytesImpl)(floats.data(), bytes.data(), floats.size());
}

std::size_t FloatsToFloat16(absl::Span<const float> floats, absl::Span<std::uint16_t> halves) {
  CheckSizes(floats.size(), halves.size());
  return HWY_DYNAMIC_DISPATCH(FloatsToFloat16Impl)(floats.data(), halves.data(), floats.size());
}

std::size_t FloatsToBFloat16(absl::Span<const float> floats, absl::Span<std::uint16_t> halves) {
  CheckSizes(floats.size(), halves.size());
  return HWY_DYNAMIC_DISPATCH(FloatsToBFloat16Impl)(floats.data(), halves.data(), floats.size());
}

std::size_t FirstOutside(absl::Span<const float> floats, float low, float high) {
  return HWY_DYNAMIC_DISPATCH(FirstOutsideImpl)(floats.data(), floats.size(), low, high);
}

}  // namespace cae
#endif  // HWY_ONCE
