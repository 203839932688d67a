#include "core/math/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace cae {
namespace {

constexpr std::uint32_t kPatterns = 1u << 16;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Format {
  int exponent_bits;
  int mantissa_bits;
};
constexpr Format kBinary16{5, 10};
constexpr Format kBFloat16{8, 7};

/// What the bits mean by IEEE 754, computed from the fields. NaN for NaN.
double Meaning(Format format, std::uint32_t bits) {
  const int exponent_mask = (1 << format.exponent_bits) - 1;
  const int bias = exponent_mask / 2;
  const double sign = bits >> 15 != 0 ? -1 : 1;
  const int exponent = static_cast<int>(bits >> format.mantissa_bits) & exponent_mask;
  const int mantissa = static_cast<int>(bits) & ((1 << format.mantissa_bits) - 1);
  if (exponent == exponent_mask) {
    return mantissa == 0 ? sign * kInfinity : std::numeric_limits<double>::quiet_NaN();
  }
  const int implicit = exponent == 0 ? 0 : 1 << format.mantissa_bits;
  const int scale = (exponent == 0 ? 1 : exponent) - bias - format.mantissa_bits;
  return sign * std::ldexp(implicit + mantissa, scale);
}

template <typename ToFloat, typename FromFloat>
void ExpectEveryPatternMeansWhatItSaysAndComesBack(Format format, ToFloat to_float,
                                                   FromFloat from_float) {
  for (std::uint32_t pattern = 0; pattern < kPatterns; ++pattern) {
    const auto bits = static_cast<std::uint16_t>(pattern);
    const float value = to_float(bits);
    const double meaning = Meaning(format, pattern);
    if (std::isnan(meaning)) {
      ASSERT_TRUE(std::isnan(value)) << pattern;
      ASSERT_TRUE(std::isnan(to_float(from_float(value)))) << pattern;
    } else {
      ASSERT_EQ(value, meaning) << pattern;
      ASSERT_EQ(from_float(value), bits) << pattern;
    }
  }
}

/// Every float half way between two neighbours must go to the even one; the floats beside it to
/// the nearer one. Covers subnormal neighbours, both signs and the step from the largest finite
/// number to infinity.
template <typename FromFloat>
void ExpectRoundingToNearestTiesToEven(Format format, FromFloat from_float) {
  const std::uint32_t infinity = ((1u << format.exponent_bits) - 1) << format.mantissa_bits;
  for (std::uint32_t low = 0; low < infinity; ++low) {
    const double below = Meaning(format, low);
    // Infinity stands where the next number would be.
    const double gap =
        low + 1 < infinity ? Meaning(format, low + 1) - below : below - Meaning(format, low - 1);
    const auto middle = static_cast<float>(below + gap / 2);
    ASSERT_EQ(middle, below + gap / 2) << "a half way point is exact in float";
    const std::uint32_t even = low % 2 == 0 ? low : low + 1;
    ASSERT_EQ(from_float(middle), even) << low;
    ASSERT_EQ(from_float(std::nextafter(middle, 0.0f)), low) << low;
    ASSERT_EQ(from_float(std::nextafter(middle, kInfinity)), low + 1) << low;
    ASSERT_EQ(from_float(-middle), even | 0x8000) << low;
    ASSERT_EQ(from_float(std::nextafter(-middle, -kInfinity)), (low + 1) | 0x8000) << low;
  }
}

TEST(HalfTest, EveryFloat16MeansWhatItSaysAndComesBack) {
  ExpectEveryPatternMeansWhatItSaysAndComesBack(kBinary16, Float16ToFloat, FloatToFloat16);
}

TEST(HalfTest, EveryBFloat16MeansWhatItSaysAndComesBack) {
  ExpectEveryPatternMeansWhatItSaysAndComesBack(kBFloat16, BFloat16ToFloat, FloatToBFloat16);
}

TEST(HalfTest, Float16RoundsToNearestTiesToEven) {
  ExpectRoundingToNearestTiesToEven(kBinary16, FloatToFloat16);
}

TEST(HalfTest, BFloat16RoundsToNearestTiesToEven) {
  ExpectRoundingToNearestTiesToEven(kBFloat16, FloatToBFloat16);
}

TEST(HalfTest, Float16OverflowsToInfinityAboveItsMaximum) {
  EXPECT_EQ(Float16ToFloat(FloatToFloat16(kFloat16Max)), kFloat16Max);
  EXPECT_EQ(Float16ToFloat(FloatToFloat16(65519.0f)), kFloat16Max);
  EXPECT_EQ(Float16ToFloat(FloatToFloat16(65520.0f)), kInfinity);
  EXPECT_EQ(Float16ToFloat(FloatToFloat16(std::numeric_limits<float>::max())), kInfinity);
  EXPECT_EQ(Float16ToFloat(FloatToFloat16(-1e6f)), -kInfinity);
}

TEST(HalfTest, NotANumberNeverBecomesInfinity) {
  // A payload in the low bits alone is cut off by the conversion and must not leave an infinity.
  for (const std::uint32_t bits : {0x7F800001u, 0x7FC00000u, 0xFF800001u, 0xFFFFFFFFu}) {
    const auto nan = Eigen::numext::bit_cast<float>(bits);
    EXPECT_TRUE(std::isnan(Float16ToFloat(FloatToFloat16(nan)))) << bits;
    EXPECT_TRUE(std::isnan(BFloat16ToFloat(FloatToBFloat16(nan)))) << bits;
  }
}

TEST(HalfTest, TinyFloatsBecomeZeroOfTheirSign) {
  EXPECT_EQ(FloatToFloat16(1e-10f), 0x0000);
  EXPECT_EQ(FloatToFloat16(-1e-10f), 0x8000);
}

}  // namespace
}  // namespace cae
