#include "trainer/criteria/stack_step.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <string>

#include "core/model/autoencoder.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "trainer/criteria/cae_step.h"
#include "trainer/criteria/gradient_recorder.h"
#include "trainer/criteria/stack_gradient_check.h"
#include "trainer/optimiser/adam.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::RandomMatrix;

struct GradientCase {
  const char* name;
  std::vector<Index> units;
  double noise_stddev;
  bool corrupted;
};

class StackGradientTest : public ::testing::TestWithParam<GradientCase> {};

TEST_P(StackGradientTest, AgreesWithFiniteDifferences) {
  for (const Activation activation :
       {Activation::kLogistic, Activation::kTanh, Activation::kRelu}) {
    for (const Activation decoder : {Activation::kLogistic, Activation::kIdentity}) {
      for (const bool tied : {true, false}) {
        StackCheckCase check;
        check.layer.seed = 2;  // of 1 a ReLU is so near its kink that differences straddle it
        check.layer.activation = activation;
        check.layer.decoder_activation = decoder;
        check.layer.tied = tied;
        check.units = GetParam().units;
        check.noise_stddev = GetParam().noise_stddev;
        check.corrupted = GetParam().corrupted;
        EXPECT_LT(CheckStackGradient(check), 1e-3)
            << ActivationName(activation) << " " << ActivationName(decoder) << " tied: " << tied;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, StackGradientTest,
                         ::testing::Values(GradientCase{"One", {9}, 0, false},
                                           GradientCase{"Two", {9, 7}, 0, false},
                                           GradientCase{"Three", {6, 9, 7}, 0, false},
                                           GradientCase{"OneWalkback", {9}, 0.8, false},
                                           GradientCase{"TwoWalkback", {9, 7}, 0.8, false},
                                           GradientCase{"ThreeAllNoise", {6, 9, 7}, 0.8, true},
                                           GradientCase{"SeveralPieces", {40, 3}, 0.8, false}),
                         [](const auto& test) { return std::string(test.param.name); });

std::vector<LayerParameters> SmallStack() {
  std::vector<LayerParameters> layers;
  Index inputs = 50;
  for (const Index units : {70, 40}) {
    LayerParameters layer;
    layer.encoder = {RandomMatrix(units, inputs, 1 + inputs, -0.3f, 0.3f), Vector::Zero(units)};
    layer.decoder_bias = Vector::Zero(inputs);
    layers.push_back(layer);
    inputs = units;
  }
  return layers;
}

StackStepOptions SmallOptions() {
  StackStepOptions options;
  options.contractions = {0.1, 0.2};
  options.walkback = {0.7, 0.5};
  options.corruption = {.noise_stddev = 0.1, .masking = 0.1};
  options.max_rows = 12;
  options.seed = 5;
  return options;
}

const Matrix& SmallData() {
  static const Matrix& data = *new Matrix(RandomMatrix(40, 50, 3, 0, 1));
  return data;
}

void Train(StackStep& step, int rounds) {
  std::vector<Index> order(40);
  std::iota(order.begin(), order.end(), Index{0});
  for (int round = 0; round < rounds; ++round) {
    for (Index first = 0; first < 40; first += 12) {
      EXPECT_TRUE(step.Descend(SmallData(), absl::MakeSpan(order).subspan(first, 12), 2e-3).finite);
    }
  }
}

TEST(StackStepTest, BitsDoNotDependOnTheNumberOfThreads) {
  std::vector<LayerParameters> one = SmallStack(), three = SmallStack();
  for (auto& [layers, threads] :
       {std::pair<std::vector<LayerParameters>&, int>{one, 1}, {three, 3}}) {
    ThreadPool pool(threads);
    Adam adam({});
    StackStep step(layers, SmallOptions(), adam, pool);
    Train(step, 5);
  }
  for (int l = 0; l < 2; ++l) {
    EXPECT_THAT(three[l].encoder.weight, HasBitsOf(one[l].encoder.weight));
    EXPECT_THAT(three[l].encoder.bias, HasBitsOf(one[l].encoder.bias));
    EXPECT_THAT(three[l].decoder_bias, HasBitsOf(one[l].decoder_bias));
  }
}

TEST(StackStepTest, StepsLowerTheCriterion) {
  for (const double noise : {0.0, 0.7}) {
    std::vector<LayerParameters> layers = SmallStack();
    StackStepOptions options = SmallOptions();
    options.walkback.noise_stddev = noise;
    ThreadPool pool(1);
    Adam adam({});
    StackStep step(layers, options, adam, pool);
    const StackLoss before = step.Measure(SmallData());
    Train(step, 10);
    const StackLoss after = step.Measure(SmallData());
    EXPECT_LT(after.reconstruction + after.penalty, 0.95 * (before.reconstruction + before.penalty))
        << "noise " << noise;
  }
}

TEST(StackStepTest, MeasureAgreesWithTheModelAndLeavesTheChainsAlone) {
  std::vector<LayerParameters> layers = SmallStack(), undisturbed = SmallStack();
  ThreadPool pool(1);
  Adam adam({}), other_adam({});
  StackStep step(layers, SmallOptions(), adam, pool);
  StackStep other(undisturbed, SmallOptions(), other_adam, pool);
  Train(step, 1);
  Train(other, 1);
  const StackLoss loss = step.Measure(SmallData());
  ModelParameters parameters;
  parameters.layers = layers;
  parameters.start_examples = SmallData().topRows(1);
  parameters.card.input_shape = {50};
  const auto model = Autoencoder::Create(parameters);
  ASSERT_TRUE(model.ok()) << model.status();
  Matrix outputs(40, 50);
  Vector losses(40);
  Workspace workspace;
  (*model)->Reconstruct(SmallData(), outputs, losses, workspace);
  EXPECT_NEAR(loss.reconstruction, losses.mean(), 1e-4 * losses.mean());
  Train(step, 1);
  Train(other, 1);
  EXPECT_THAT(layers[1].encoder.weight, HasBitsOf(undisturbed[1].encoder.weight));
}

// With one layer, no noise and no chains it is the criterion of one layer.
TEST(StackStepTest, OfOneLayerItIsCaeStep) {
  std::vector<LayerParameters> layers = {SmallStack()[0]};
  LayerParameters layer = layers[0];
  ThreadPool pool(1);
  GradientRecorder recorder, expected;
  StackStepOptions options;
  options.contractions = {0.4};
  StackStep stack(layers, options, recorder, pool);
  CaeStep single(layer, {.contraction = 0.4}, expected, pool);
  const std::vector<Index> rows = {3, 1, 4, 15};
  const StackLoss loss = stack.Descend(SmallData(), rows, 1);
  const CaeLoss expected_loss = single.Descend(SmallData(), rows, 1);
  EXPECT_NEAR(loss.reconstruction, expected_loss.reconstruction, 1e-9);
  EXPECT_NEAR(loss.penalty, 0.4 * expected_loss.contraction, 1e-6);
  for (int tensor = 0; tensor < 3; ++tensor) {
    EXPECT_TRUE(recorder.gradient(tensor).isApprox(expected.gradient(tensor), 1e-6f)) << tensor;
  }
}

// A chain that goes on reads what the decoder made of it, and is held to the row where it began.
// With identity activations x ← Wᵀ(W x + σ W Wᵀ ε).
TEST(StackStepTest, AChainGoesOnFromItsOutputAndIsComparedWithItsBeginning) {
  std::vector<LayerParameters> layers = {SmallStack()[0]};
  layers[0].encoder.activation = layers[0].decoder_activation = Activation::kIdentity;
  StackStepOptions options;
  options.contractions = {0};
  options.walkback = {0.02, 0.999999};
  options.max_rows = 5;
  options.seed = 6;
  options.stage = 2;
  ThreadPool pool(2);
  GradientRecorder recorder;  // nothing learns
  StackStep step(layers, options, recorder, pool);
  const MatrixD weight = layers[0].encoder.weight.cast<double>();
  const MatrixD start = SmallData().topRows(5).cast<double>();
  MatrixD x = start;
  std::uint64_t number = 0;
  for (const std::vector<Index>& rows :
       {std::vector<Index>{0, 1, 2, 3, 4}, {9, 9, 9, 9, 9}, {8, 8, 8}, {7, 7, 7, 7, 7}}) {
    const auto n = static_cast<Index>(rows.size());
    Matrix normals(n, 70);
    FillNormals({6, 2, ++number}, RandomUse::kWalkback, 0, normals);
    const MatrixD codes = x.topRows(n) * weight.transpose() +
                          0.02 * normals.cast<double>() * weight * weight.transpose();
    x.topRows(n) = codes * weight;
    const double expected = 0.5 * (x - start).topRows(n).squaredNorm() / static_cast<double>(n);
    EXPECT_NEAR(step.Descend(SmallData(), rows, 1).reconstruction, expected, 1e-4 * expected)
        << "step " << number;
  }
}

TEST(StackStepTest, WithoutLuckEveryRowIsFresh) {
  std::vector<LayerParameters> layers = SmallStack();
  StackStepOptions options = SmallOptions();
  options.corruption = {};
  options.walkback = {1e-6, 0};
  ThreadPool pool(1);
  GradientRecorder recorder;
  StackStep step(layers, options, recorder, pool);
  step.Descend(SmallData(), {0, 1, 2}, 1);
  const StackLoss expected = step.Measure(Rows(ConstMatrixView(SmallData()), 5, 3));
  EXPECT_NEAR(step.Descend(SmallData(), {5, 6, 7}, 1).reconstruction, expected.reconstruction,
              1e-3);
}

TEST(StackStepTest, ReportsNumbersThatOverflow) {
  Matrix data = SmallData();
  data(3, 5) = std::numeric_limits<float>::quiet_NaN();
  std::vector<LayerParameters> layers = SmallStack();
  ThreadPool pool(1);
  Adam adam({});
  StackStep step(layers, SmallOptions(), adam, pool);
  EXPECT_FALSE(step.Measure(data).finite);
  EXPECT_TRUE(step.Descend(data, {0, 1, 2}, 1e-3).finite);
  // Some place takes a fresh row soon.
  bool finite = true;
  for (int i = 0; i < 20; ++i) finite = finite && step.Descend(data, {3, 3, 3}, 1e-3).finite;
  EXPECT_FALSE(finite);
}

}  // namespace
}  // namespace cae
