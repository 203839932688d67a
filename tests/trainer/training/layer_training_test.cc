#include "trainer/training/layer_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/training/small_training.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::Bars;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomMatrix;
using testing::Recorder;
using testing::StatusIs;

LayerPlan SmallPlan() {
  LayerPlan plan;
  plan.units = 24;
  plan.contraction = 0.05;
  return plan;
}

EpochPlan SmallEpochs(Index rows) {
  EpochPlan epochs;
  epochs.stage = "layer 1";
  epochs.rows = rows;
  epochs.batch_size = 25;
  epochs.epochs = 30;
  epochs.learning_rate = 0.02;
  epochs.seed = 3;
  return epochs;
}

TEST(TrainLayerTest, LearnsToReconstructRowsItHasNotSeen) {
  const Matrix training = Bars(240, 1), validation = Bars(40, 2);
  ThreadPool pool(2);
  for (const bool tied : {true, false}) {
    LayerPlan plan = SmallPlan();
    plan.tied = tied;
    Recorder recorder;
    ASSERT_THAT(TrainLayer(plan, SmallEpochs(240), training, validation, pool, {recorder}), IsOk());
    ASSERT_EQ(recorder.epochs.size(), 30u);
    // The entropy of pixels at 0.1 and 0.9 is 6.5 nats a row: no code can do better. Their means
    // alone leave about 11.
    EXPECT_LT(recorder.Last("reconstruction"), 7.5) << "tied: " << tied;
    EXPECT_NEAR(recorder.Last("loss"),
                recorder.Last("reconstruction") + 0.05 * recorder.Last("contraction"), 1e-9);
  }
}

TEST(TrainLayerTest, StrongerContractionGivesASmallerJacobian) {
  const Matrix training = Bars(240, 1), validation = Bars(40, 2);
  ThreadPool pool(1);
  double contraction[2];
  for (int i = 0; i < 2; ++i) {
    LayerPlan plan = SmallPlan();
    plan.contraction = i == 0 ? 0 : 1;
    Recorder recorder;
    ASSERT_THAT(TrainLayer(plan, SmallEpochs(240), training, validation, pool, {recorder}), IsOk());
    contraction[i] = recorder.Last("contraction");
  }
  EXPECT_LT(contraction[1], 0.3 * contraction[0]);
}

TEST(TrainLayerTest, SameSeedSameBitsForAnyNumberOfThreadsAndOtherSeedOtherBits) {
  const Matrix training = Bars(240, 1);
  EpochPlan epochs = SmallEpochs(240);
  epochs.epochs = 2;
  Recorder recorder;
  const Matrix none(0, 20);
  ThreadPool one(1), two(2);
  const auto a = TrainLayer(SmallPlan(), epochs, training, none, one, {recorder});
  const auto b = TrainLayer(SmallPlan(), epochs, training, none, two, {recorder});
  epochs.seed = 4;
  const auto c = TrainLayer(SmallPlan(), epochs, training, none, one, {recorder});
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_THAT(b->encoder.weight, HasBitsOf(a->encoder.weight));
  EXPECT_THAT(b->decoder_bias, HasBitsOf(a->decoder_bias));
  EXPECT_NE(c->encoder.weight, a->encoder.weight);
}

TEST(TrainLayerTest, AnObserverEndsTheRunAfterAStep) {
  const Matrix training = Bars(240, 1);
  Recorder recorder;
  recorder.stop_after = 3;
  ThreadPool pool(1);
  EXPECT_THAT(TrainLayer(SmallPlan(), SmallEpochs(240), training, training, pool, {recorder}),
              StatusIs(absl::StatusCode::kCancelled, "enough"));
  EXPECT_EQ(recorder.steps, 3);
}

TEST(TrainLayerTest, NumbersThatOverflowAreAnErrorWithEpochAndStep) {
  const Matrix training = Bars(240, 1);
  LayerPlan plan = SmallPlan();
  plan.activation = Activation::kIdentity;
  plan.decoder_activation = Activation::kIdentity;
  plan.optimiser = AdamOptions{0.9, 0.999, 1e-30};
  EpochPlan epochs = SmallEpochs(240);
  epochs.learning_rate = 1e15;
  epochs.remedies = {"/here", "/there"};
  Recorder recorder;
  ThreadPool pool(1);
  EXPECT_THAT(TrainLayer(plan, epochs, training, training, pool, {recorder}),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("layer 1, epoch 1, step "),
                             HasSubstr("a smaller /here or /there (the learning rate is 1e+15)"))));
}

TEST(InitialLayerTest, DecoderBiasAloneGivesTheMeanOfTheData) {
  Vector mean(4);
  mean << 0.0f, 0.2f, 0.7f, 1.0f;
  for (const Activation activation :
       {Activation::kLogistic, Activation::kTanh, Activation::kRelu, Activation::kIdentity}) {
    LayerPlan plan = SmallPlan();
    plan.decoder_activation = activation;
    const LayerParameters layer = InitialLayer(plan, mean, 1, 0);
    ASSERT_TRUE(layer.decoder_bias.allFinite());
    for (Index i = 0; i < 4; ++i) {
      EXPECT_NEAR(Activate(activation, layer.decoder_bias[i]), mean[i], 1.1e-3)
          << ActivationName(activation);
    }
  }
}

TEST(EncodeRowsTest, AgreesWithTheFormulaInDouble) {
  const Matrix rows = RandomMatrix(600, 7, 1);
  const DenseParameters encoder = {RandomMatrix(5, 7, 2), testing::RandomVector(5, 3),
                                   Activation::kTanh};
  ThreadPool pool(2);
  const Matrix codes = EncodeRows(encoder, rows, pool);
  const MatrixD expected =
      ((rows.cast<double>() * encoder.weight.cast<double>().transpose()).rowwise() +
       encoder.bias.cast<double>().transpose())
          .array()
          .tanh();
  EXPECT_TRUE(codes.cast<double>().isApprox(expected, 1e-6));
}

}  // namespace
}  // namespace cae
