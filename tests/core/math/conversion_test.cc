#include "core/math/conversion.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/math/half.h"

namespace cae {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kMaxFloat = std::numeric_limits<float>::max();

std::uint32_t Bits(float value) { return std::bit_cast<std::uint32_t>(value); }
float FromBits(std::uint32_t bits) { return std::bit_cast<float>(bits); }

std::vector<std::uint16_t> AllHalves() {
  std::vector<std::uint16_t> halves(1 << 16);
  std::iota(halves.begin(), halves.end(), std::uint16_t{0});
  return halves;
}

/// Floats of every exponent and sign, with mantissas on, just beside and between the places where
/// halves round.
std::vector<float> ManyFloats() {
  std::vector<float> floats;
  for (std::uint32_t top = 0; top < 1u << 16; ++top) {
    for (const std::uint32_t low : {0x0000u, 0x0001u, 0x7FFFu, 0x8000u, 0x8001u, 0x9ABCu}) {
      floats.push_back(FromBits(top << 16 | low));
    }
    // The ties of FLOAT16, whose last bit is bit 13.
    for (const std::uint32_t low : {0x0FFFu, 0x1000u, 0x1001u, 0x3000u, 0xFFFFu}) {
      floats.push_back(FromBits(top << 16 | low));
    }
  }
  return floats;
}

/// The scalar definition of clamp(round(255 x)).
int ByteOf(float value) {
  const float product = 255.0f * value;
  const float scaled = product > 0.0f ? (product < 255.0f ? product : 255.0f) : 0.0f;
  const int whole = static_cast<int>(scaled);
  return whole + (scaled - static_cast<float>(whole) >= 0.5f ? 1 : 0);
}

TEST(ConversionTest, EveryByteIsItsQuotient) {
  std::vector<std::uint8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::vector<float> floats(256);
  BytesToFloats(bytes, absl::MakeSpan(floats));
  for (int b = 0; b < 256; ++b) {
    volatile float divisor = 255.0f;
    ASSERT_EQ(Bits(floats[b]), Bits(static_cast<float>(b) / divisor)) << b;
  }
  std::vector<std::uint8_t> back(256);
  EXPECT_EQ(FloatsToBytes(floats, absl::MakeSpan(back)), 256u);
  EXPECT_EQ(back, bytes);
}

TEST(ConversionTest, EveryHalfHasTheBitsOfTheScalarDefinition) {
  const std::vector<std::uint16_t> halves = AllHalves();
  std::vector<float> floats(halves.size());
  Float16ToFloats(halves, absl::MakeSpan(floats));
  for (const std::uint16_t half : halves) {
    ASSERT_EQ(Bits(floats[half]), Bits(Float16ToFloat(half))) << half;
  }
  BFloat16ToFloats(halves, absl::MakeSpan(floats));
  for (const std::uint16_t half : halves) {
    ASSERT_EQ(Bits(floats[half]), Bits(BFloat16ToFloat(half))) << half;
  }
}

TEST(ConversionTest, FloatsBecomeHalvesByTheScalarDefinition) {
  const std::vector<float> floats = ManyFloats();
  std::vector<std::uint16_t> halves(floats.size());
  FloatsToFloat16(floats, absl::MakeSpan(halves));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    ASSERT_EQ(halves[i], FloatToFloat16(floats[i])) << std::hex << Bits(floats[i]);
  }
  FloatsToBFloat16(floats, absl::MakeSpan(halves));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    ASSERT_EQ(halves[i], FloatToBFloat16(floats[i])) << std::hex << Bits(floats[i]);
  }
}

TEST(ConversionTest, FloatsBecomeBytesByTheScalarDefinition) {
  std::vector<float> floats = ManyFloats();
  // Around every k + ½.
  for (int b = 0; b <= 256; ++b) {
    const float tie = (static_cast<float>(b) + 0.5f) / 255.0f;
    for (const float x : {tie, std::nextafter(tie, 0.0f), std::nextafter(tie, 2.0f)}) {
      floats.push_back(x);
    }
  }
  floats.push_back(0x1.0101p-9f);  // 255 x = 0.49999997, to which ½ must not simply be added
  std::vector<std::uint8_t> bytes(floats.size());
  FloatsToBytes(floats, absl::MakeSpan(bytes));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    ASSERT_EQ(bytes[i], std::isnan(floats[i]) ? 0 : ByteOf(floats[i])) << floats[i];
  }
}

struct UnfitCase {
  std::size_t (*convert)(const std::vector<float>&);
  float unfit;
};

std::size_t ToFloat16(const std::vector<float>& floats) {
  std::vector<std::uint16_t> halves(floats.size());
  return FloatsToFloat16(floats, absl::MakeSpan(halves));
}
std::size_t ToBFloat16(const std::vector<float>& floats) {
  std::vector<std::uint16_t> halves(floats.size());
  return FloatsToBFloat16(floats, absl::MakeSpan(halves));
}
std::size_t ToBytes(const std::vector<float>& floats) {
  std::vector<std::uint8_t> bytes(floats.size());
  return FloatsToBytes(floats, absl::MakeSpan(bytes));
}
std::size_t WithinHundred(const std::vector<float>& floats) {
  return FirstOutside(floats, -100, 100);
}
std::size_t Finite(const std::vector<float>& floats) {
  return FirstOutside(floats, -kMaxFloat, kMaxFloat);
}

TEST(ConversionTest, TheFirstElementThatDoesNotFitIsFoundWhereverItStands) {
  const UnfitCase cases[] = {
      {ToFloat16, 65520.0f},     {ToFloat16, -65520.0f},     {ToFloat16, kInfinity},
      {ToBFloat16, kMaxFloat},   {ToBFloat16, -kInfinity},   {ToBytes, std::nanf("")},
      {WithinHundred, 100.001f}, {WithinHundred, -100.001f}, {WithinHundred, std::nanf("")},
      {Finite, kInfinity},       {Finite, -kInfinity},       {Finite, std::nanf("")}};
  for (const UnfitCase& c : cases) {
    for (const std::size_t size : {1u, 3u, 16u, 37u, 64u}) {
      std::vector<float> floats(size, 0.25f);
      EXPECT_EQ(c.convert(floats), size);
      for (std::size_t at = size; at-- > 0;) {
        floats[at] = c.unfit;  // later ones stay: the first counts
        ASSERT_EQ(c.convert(floats), at) << c.unfit << " of " << size;
      }
    }
  }
}

TEST(ConversionTest, WhatFitsIsNotRefused) {
  EXPECT_EQ(ToFloat16({65519.996f, -65519.996f, std::nanf(""), 0x1p-149f}), 4u);
  EXPECT_EQ(ToBFloat16({0x1.FEp127f, std::nanf("")}), 2u);
  EXPECT_EQ(ToBytes({kInfinity, -kInfinity, 7, -7}), 4u);
  EXPECT_EQ(WithinHundred({-100, 100}), 2u);
  EXPECT_EQ(Finite({kMaxFloat, -kMaxFloat, 0}), 3u);
}

TEST(ConversionTest, EveryLengthWritesItsElementsAndNoMore) {
  for (std::size_t size = 0; size <= 40; ++size) {
    std::vector<float> floats(size + 1, -1);
    const std::vector<std::uint8_t> bytes(size, 255);
    BytesToFloats(bytes, absl::MakeSpan(floats).subspan(0, size));
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(floats[i], 1);
    ASSERT_EQ(floats[size], -1);
    std::vector<std::uint16_t> halves(size + 1, 7);
    FloatsToFloat16(absl::MakeConstSpan(floats).subspan(0, size),
                    absl::MakeSpan(halves).subspan(0, size));
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(halves[i], 0x3C00);
    ASSERT_EQ(halves[size], 7);
  }
}

}  // namespace
}  // namespace cae
