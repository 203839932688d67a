#include "trainer/criteria/cae_step.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "tests/testing/same_bits.h"
#include "trainer/criteria/reference_cae.h"
#include "trainer/optimiser/adam.h"
#include "trainer/training/random_stream.h"

namespace cae {
namespace {

using testing::HasBitsOf;

constexpr Index kRows = 40, kInputs = 150, kUnits = 290;

LayerParameters SmallLayer(bool tied) {
  RandomStream random(7, RandomUse::kWeights, 0);
  LayerParameters layer;
  layer.encoder.weight = random.UniformMatrix(kUnits, kInputs, 0.3);
  layer.encoder.bias = Vector::Zero(kUnits);
  if (!tied) layer.decoder_weight = layer.encoder.weight.transpose();
  layer.decoder_bias = Vector::Zero(kInputs);
  return layer;
}

Matrix SmallData() {
  RandomStream random(8, RandomUse::kRowOrder, 0);
  return (random.UniformMatrix(kRows, kInputs, 0.5).array() + 0.5f).matrix();
}

// Twenty steps in batches of 12, the last of each round incomplete.
CaeLoss TrainShortly(LayerParameters& layer, const Matrix& data, int threads) {
  ThreadPool pool(threads);
  Adam adam({});
  CaeStep step(layer, /*contraction=*/0.5, /*max_rows=*/12, adam, pool);
  std::vector<Index> order(kRows);
  std::iota(order.begin(), order.end(), Index{0});
  for (int round = 0; round < 5; ++round) {
    for (Index first = 0; first < kRows; first += 12) {
      const CaeLoss loss =
          step.Descend(data, absl::MakeSpan(order).subspan(first, 12), /*learning_rate=*/2e-3);
      EXPECT_TRUE(loss.finite);
    }
  }
  return step.Measure(data);
}

TEST(CaeStepTest, BitsDoNotDependOnTheNumberOfThreads) {
  const Matrix data = SmallData();
  for (const bool tied : {true, false}) {
    LayerParameters one = SmallLayer(tied);
    const CaeLoss loss = TrainShortly(one, data, 1);
    for (const int threads : {2, 3}) {
      LayerParameters more = SmallLayer(tied);
      const CaeLoss loss_of_more = TrainShortly(more, data, threads);
      EXPECT_THAT(more.encoder.weight, HasBitsOf(one.encoder.weight)) << threads << " threads";
      EXPECT_THAT(more.encoder.bias, HasBitsOf(one.encoder.bias)) << threads << " threads";
      EXPECT_THAT(more.decoder_weight, HasBitsOf(one.decoder_weight)) << threads << " threads";
      EXPECT_THAT(more.decoder_bias, HasBitsOf(one.decoder_bias)) << threads << " threads";
      EXPECT_EQ(loss.reconstruction, loss_of_more.reconstruction);
      EXPECT_EQ(loss.contraction, loss_of_more.contraction);
    }
  }
}

TEST(CaeStepTest, MeasureAgreesWithTheReference) {
  const Matrix data = SmallData();
  LayerParameters layer = SmallLayer(true);
  const ReferenceCaeLoss expected = ReferenceLoss(ToDouble(layer), data.cast<double>());
  ThreadPool pool(2);
  Adam adam({});
  CaeStep step(layer, 0.5, /*max_rows=*/16, adam, pool);
  const CaeLoss loss = step.Measure(data);
  EXPECT_TRUE(loss.finite);
  EXPECT_NEAR(loss.reconstruction, expected.reconstruction, 1e-5 * expected.reconstruction);
  EXPECT_NEAR(loss.contraction, expected.contraction, 1e-5 * expected.contraction);
}

TEST(CaeStepTest, StepsLowerTheCriterion) {
  const Matrix data = SmallData();
  for (const bool tied : {true, false}) {
    LayerParameters layer = SmallLayer(tied);
    const ReferenceCaeLoss before = ReferenceLoss(ToDouble(layer), data.cast<double>());
    const CaeLoss after = TrainShortly(layer, data, 1);
    EXPECT_LT(after.reconstruction + 0.5 * after.contraction,
              0.95 * (before.reconstruction + 0.5 * before.contraction));
  }
}

TEST(CaeStepTest, ReportsNumbersThatOverflow) {
  Matrix data = SmallData();
  data(3, 5) = std::numeric_limits<float>::quiet_NaN();
  LayerParameters layer = SmallLayer(true);
  ThreadPool pool(1);
  Adam adam({});
  CaeStep step(layer, 0.5, kRows, adam, pool);
  EXPECT_FALSE(step.Measure(data).finite);
  EXPECT_TRUE(step.Descend(data, {0, 1, 2}, 1e-3).finite);
  EXPECT_FALSE(step.Descend(data, {0, 3}, 1e-3).finite);
}

}  // namespace
}  // namespace cae
