#include "trainer/criteria/cae_step.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "tests/testing/same_bits.h"
#include "trainer/base/random_stream.h"
#include "trainer/criteria/reference_cae.h"
#include "trainer/optimiser/adam.h"

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
CaeLoss TrainShortly(LayerParameters& layer, const Matrix& data, int threads,
                     CaeStepOptions options = {.contraction = 0.5}) {
  options.max_rows = 12;
  ThreadPool pool(threads);
  Adam adam({});
  CaeStep step(layer, options, adam, pool);
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

// Everything that may be added, over a layer below of 60 inputs.
CaeStepOptions AllTerms() {
  static const DenseParameters& below =
      *new DenseParameters{RandomStream(9, RandomUse::kWeights, 0).UniformMatrix(kInputs, 60, 0.3),
                           Vector::Zero(kInputs)};
  return {.contraction = 0.5,
          .stability = {0.2, 2, 0.3},
          .invariance = {0.3, 2, 0.5},
          .below = &below,
          .corruption = {.noise_stddev = 0.2, .masking = 0.1}};
}

TEST(CaeStepTest, BitsOfEveryTermDoNotDependOnTheNumberOfThreads) {
  const Matrix data = SmallData();
  for (const bool tied : {true, false}) {
    LayerParameters one = SmallLayer(tied), three = SmallLayer(tied);
    const CaeLoss loss = TrainShortly(one, data, 1, AllTerms());
    const CaeLoss loss_of_three = TrainShortly(three, data, 3, AllTerms());
    EXPECT_THAT(three.encoder.weight, HasBitsOf(one.encoder.weight));
    EXPECT_THAT(three.decoder_bias, HasBitsOf(one.decoder_bias));
    EXPECT_EQ(loss.stability, loss_of_three.stability);
    EXPECT_EQ(loss.invariance, loss_of_three.invariance);
  }
}

TEST(CaeStepTest, EachTermLowersWhatItWeighs) {
  const Matrix data = SmallData();
  const auto train = [&](auto change) {
    CaeStepOptions options = AllTerms();
    options.corruption = {};
    change(options);
    LayerParameters layer = SmallLayer(true);
    TrainShortly(layer, data, 1, options);
    Adam adam({});
    ThreadPool pool(1);
    CaeStepOptions measured = AllTerms();
    measured.max_rows = 17;  // any
    return CaeStep(layer, measured, adam, pool).Measure(data);
  };
  const CaeLoss without =
      train([](CaeStepOptions& o) { o.stability.weight = o.invariance.weight = 0; });
  const CaeLoss stable = train([](CaeStepOptions& o) {
    o.stability.weight = 500;
    o.invariance.weight = 0;
  });
  const CaeLoss invariant = train([](CaeStepOptions& o) {
    o.stability.weight = 0;
    o.invariance.weight = 500;
  });
  EXPECT_LT(stable.stability, 0.9 * without.stability);
  EXPECT_LT(invariant.invariance, 0.9 * without.invariance);
}

TEST(CaeStepTest, MeasureTakesTheSameNoiseInBatchesOfAnySizeAndAtAnyTime) {
  const Matrix data = SmallData();
  LayerParameters layer = SmallLayer(true);
  ThreadPool pool(1);
  Adam adam({});
  CaeStepOptions options = AllTerms();
  options.max_rows = 40;
  CaeStep whole(layer, options, adam, pool);
  const CaeLoss first = whole.Measure(data);
  options.max_rows = 16;
  CaeStep parts(layer, options, adam, pool);
  const CaeLoss in_parts = parts.Measure(data);
  EXPECT_GT(first.stability, 0);
  EXPECT_GT(first.invariance, 0);
  EXPECT_NEAR(in_parts.stability, first.stability, 1e-5 * first.stability);
  EXPECT_NEAR(in_parts.invariance, first.invariance, 1e-5 * first.invariance);
  EXPECT_EQ(whole.Measure(data).stability, first.stability);
}

TEST(CaeStepTest, MeasureAgreesWithTheReference) {
  const Matrix data = SmallData();
  LayerParameters layer = SmallLayer(true);
  const ReferenceCaeLoss expected = ReferenceLoss(ToDouble(layer), data.cast<double>());
  ThreadPool pool(2);
  Adam adam({});
  CaeStep step(layer, {.contraction = 0.5, .max_rows = 16}, adam, pool);
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
  CaeStep step(layer, {.contraction = 0.5, .max_rows = kRows}, adam, pool);
  EXPECT_FALSE(step.Measure(data).finite);
  EXPECT_TRUE(step.Descend(data, {0, 1, 2}, 1e-3).finite);
  EXPECT_FALSE(step.Descend(data, {0, 3}, 1e-3).finite);
}

}  // namespace
}  // namespace cae
