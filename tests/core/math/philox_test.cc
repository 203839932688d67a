#include "core/math/philox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bitset>
#include <set>

namespace cae {
namespace {

using ::testing::ElementsAre;
using Counter = std::array<std::uint32_t, 4>;

// Known answers: Random123, tests/kat_vectors, lines "philox4x32 10".
TEST(PhiloxTest, GivesTheKnownAnswersOfRandom123) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, 0),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff),
              ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  // The key words a4093822 299f31d0: the first is the low half.
  EXPECT_THAT(Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
              ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(PhiloxTest, OneBitOfCounterOrKeyChangesAboutHalfOfTheBits) {
  const Counter counter = {1, 2, 3, 4};
  const Counter base = Philox4x32(counter, 5);
  const auto changed_bits = [&base](const Counter& other) {
    std::size_t bits = 0;
    for (int i = 0; i < 4; ++i) bits += std::bitset<32>(base[i] ^ other[i]).count();
    return bits;
  };
  // 128 fair bits: 64 ± 5.7, so 36 to 92 is five standard deviations.
  for (int bit = 0; bit < 128; ++bit) {
    Counter moved = counter;
    moved[bit / 32] ^= 1u << (bit % 32);
    EXPECT_NEAR(static_cast<double>(changed_bits(Philox4x32(moved, 5))), 64, 28) << bit;
  }
  for (int bit = 0; bit < 64; ++bit) {
    EXPECT_NEAR(static_cast<double>(changed_bits(Philox4x32(counter, 5 ^ (1ull << bit)))), 64, 28)
        << bit;
  }
}

TEST(PhiloxCounterTest, EveryBitOfEveryFieldHasItsOwnPlace) {
  // With one bit of one field set the counters must be single bits, all different: then the fields
  // do not overlap and no two places share a counter.
  std::set<Counter> seen;
  std::size_t bits = 0;
  const auto add = [&](const Counter& counter) {
    std::size_t count = 0;
    for (const std::uint32_t word : counter) count += std::bitset<32>(word).count();
    EXPECT_EQ(count, 1u);
    seen.insert(counter);
    ++bits;
  };
  for (int bit = 0; bit < 48; ++bit) {
    add(PhiloxCounter({.chain = 1ull << bit, .step = 0}, 0));
    add(PhiloxCounter({.chain = 0, .step = 1ull << bit}, 0));
  }
  for (int bit = 0; bit < 32; ++bit) add(PhiloxCounter({}, 1u << bit));
  EXPECT_EQ(bits, 128u);
  EXPECT_EQ(seen.size(), bits);
}

TEST(PhiloxCounterTest, FieldsCombineWithoutCarry) {
  constexpr std::uint64_t kLargest = (1ull << 48) - 1;
  EXPECT_THAT(PhiloxCounter({kLargest, kLargest}, 0xffffffff),
              ElementsAre(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff));
  EXPECT_THAT(PhiloxCounter({0x123456789abc, 0xba9876543210}, 7),
              ElementsAre(7, 0x76543210, 0x56789abc, 0x1234ba98));
}

}  // namespace
}  // namespace cae
