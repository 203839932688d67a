#include "core/serving/compute_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

using Times = std::array<absl::Duration, kComputeKinds>;
using Kind = ComputeKind;

constexpr std::size_t Slot(Kind kind) { return static_cast<std::size_t>(kind); }

/// Lets the kinds that wait use one thread for `time`, in slices of their own length; returns what
/// each got.
Times Spend(ComputeShares& shares, const ComputeShares::Waiting& waiting, const Times& slices,
            absl::Duration time) {
  Times used = {};
  for (absl::Duration now; now < time;) {
    const auto kind = shares.Next(waiting);
    if (!kind.has_value()) break;
    shares.Charge(*kind, slices[Slot(*kind)]);
    used[Slot(*kind)] += slices[Slot(*kind)];
    now += slices[Slot(*kind)];
  }
  return used;
}

double Part(const Times& used, Kind kind) {
  absl::Duration total;
  for (const absl::Duration time : used) total += time;
  return absl::FDivDuration(used[Slot(kind)], total);
}

constexpr absl::Duration kShort = absl::Microseconds(50);
constexpr absl::Duration kLong = absl::Milliseconds(10);
constexpr absl::Duration kTime = absl::Seconds(20);

TEST(ComputeSharesTest, NobodyGoesWhereNobodyWaits) {
  EXPECT_EQ(ComputeShares().Next({false, false, false}), std::nullopt);
}

TEST(ComputeSharesTest, UnaryWorkGoesFirst) {
  ComputeShares shares;
  EXPECT_EQ(shares.Next({true, true, true}), Kind::kUnary);
  shares.Charge(Kind::kChains, kLong);
  EXPECT_EQ(shares.Next({true, false, true}), Kind::kUnary);
  EXPECT_EQ(shares.Next({false, false, true}), Kind::kChains);
}

TEST(ComputeSharesTest, ChainsKeepAFifthUnderAFloodOfUnaryWork) {
  ComputeShares shares;
  const Times used = Spend(shares, {true, false, true}, {kShort, kLong, kLong}, kTime);
  EXPECT_THAT(Part(used, Kind::kChains), AllOf(Ge(0.195), Le(0.25)));
}

TEST(ComputeSharesTest, AFifthIsOneOfTimeNotOfTurns) {
  ComputeShares shares;
  const Times used = Spend(shares, {true, false, true}, {kLong, kLong, kShort}, kTime);
  EXPECT_NEAR(Part(used, Kind::kChains), 0.2, 0.01);
}

TEST(ComputeSharesTest, HeavyWorkAndChainsKeepAFifthEach) {
  ComputeShares shares;
  const Times used = Spend(shares, {true, true, true}, {kShort, kLong, kShort * 20}, kTime);
  EXPECT_THAT(Part(used, Kind::kHeavy), AllOf(Ge(0.195), Le(0.25)));
  EXPECT_THAT(Part(used, Kind::kChains), AllOf(Ge(0.195), Le(0.25)));
}

TEST(ComputeSharesTest, HeavyWorkAndChainsShareEvenlyWhereNothingElseWaits) {
  ComputeShares shares;
  const Times used = Spend(shares, {false, true, true}, {kShort, kLong, kLong / 5}, kTime);
  EXPECT_NEAR(Part(used, Kind::kHeavy), 0.5, 0.03);
}

TEST(ComputeSharesTest, AKindThatComesBackHasNoClaimFromItsAbsence) {
  ComputeShares shares;
  Spend(shares, {true, false, false}, {kShort, kLong, kLong}, kTime);
  shares.Arrive(Kind::kChains);
  const Times used =
      Spend(shares, {true, false, true}, {kShort, kShort, kShort}, absl::Milliseconds(10));
  EXPECT_NEAR(Part(used, Kind::kChains), 0.2, 0.02) << "no burst at its return";
}

TEST(ComputeSharesTest, WhatWasUsedLongAgoIsForgotten) {
  ComputeShares shares;
  Spend(shares, {false, false, true}, {kShort, kLong, kLong}, kTime);
  Spend(shares, {true, false, true}, {kShort, kLong, kShort}, 4 * ComputeShares::kMemory);
  const Times used =
      Spend(shares, {true, false, true}, {kShort, kLong, kShort}, absl::Milliseconds(10));
  EXPECT_NEAR(Part(used, Kind::kChains), 0.2, 0.02);
}

TEST(ComputeSharesTest, AThreadIsLentToUnaryWorkUnlessItsOwnIsBehind) {
  ComputeShares shares;
  const ComputeShares::Waiting all = {true, true, true}, none = {};
  EXPECT_EQ(shares.YieldsTo(Kind::kUnary, all), std::nullopt);
  shares.Charge(Kind::kChains, kLong);
  EXPECT_EQ(shares.YieldsTo(Kind::kChains, all), Kind::kUnary);
  EXPECT_EQ(shares.YieldsTo(Kind::kChains, none), std::nullopt);
  shares.Charge(Kind::kUnary, 5 * kLong);
  EXPECT_EQ(shares.YieldsTo(Kind::kChains, all), std::nullopt);
}

TEST(ComputeSharesTest, HeavyWorkLetsChainsRunThatAreBehind) {
  ComputeShares shares;
  shares.Charge(Kind::kHeavy, kLong);
  shares.Arrive(Kind::kChains);
  EXPECT_EQ(shares.YieldsTo(Kind::kHeavy, {false, true, true}), std::nullopt);
  shares.Charge(Kind::kHeavy, absl::Milliseconds(10));
  EXPECT_EQ(shares.YieldsTo(Kind::kHeavy, {true, true, true}), Kind::kChains);
  EXPECT_EQ(shares.YieldsTo(Kind::kHeavy, {true, true, false}), Kind::kUnary);
  // Steps are short, so nothing but unary work comes between their products.
  shares.Charge(Kind::kChains, 10 * kLong);
  EXPECT_EQ(shares.YieldsTo(Kind::kChains, {false, true, true}), std::nullopt);
}

TEST(ComputeSharesTest, TellsWhatAKindCanCountOn) {
  ComputeShares shares;
  EXPECT_EQ(shares.Prospect(Kind::kUnary, {true, false, false}), 1);
  EXPECT_EQ(shares.Prospect(Kind::kUnary, {true, false, true}), 0.8);
  EXPECT_EQ(shares.Prospect(Kind::kHeavy, {false, true, true}), 0.5);
  shares.Charge(Kind::kUnary, kTime);
  EXPECT_EQ(shares.Prospect(Kind::kChains, {true, false, true}), ComputeShares::kGuaranteed);
}

}  // namespace
}  // namespace cae
