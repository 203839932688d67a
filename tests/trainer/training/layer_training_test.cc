#include "trainer/training/layer_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "trainer/training/classifier_training.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomMatrix;
using testing::StatusIs;

// Remembers every epoch; can end the run after some steps.
class Recorder : public TrainingObserver {
 public:
  absl::Status OnStep(const TrainingReport& report) override {
    EXPECT_LE(report.rows_done, report.rows);
    return ++steps == stop_after ? absl::CancelledError("enough") : absl::OkStatus();
  }
  absl::Status OnEpoch(const TrainingReport& report) override {
    epochs.push_back(report);
    return absl::OkStatus();
  }
  double Last(const std::string& name) const {
    for (const Metric& metric : epochs.back().validation) {
      if (metric.name == name) return metric.value;
    }
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }

  int steps = 0, stop_after = -1;
  std::vector<TrainingReport> epochs;
};

// Rows on a plane of two bars that come and go: a code of few units is enough.
Matrix Bars(Index rows, std::uint64_t seed) {
  const Matrix bars = RandomMatrix(rows, 2, seed, 0, 1);
  Matrix data = Matrix::Constant(rows, 20, 0.1f);
  for (Index i = 0; i < rows; ++i) {
    data.row(i).segment(2, 6).array() += 0.8f * std::round(bars(i, 0));
    data.row(i).segment(11, 6).array() += 0.8f * std::round(bars(i, 1));
  }
  return data;
}

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
    ASSERT_THAT(TrainLayer(plan, SmallEpochs(240), training, validation, pool, recorder), IsOk());
    ASSERT_EQ(recorder.epochs.size(), 30u);
    // The entropy of pixels at 0.1 and 0.9 is 6.5 nats a row: no code can do better. Their means
    // alone leave about 11.
    EXPECT_LT(recorder.Last("reconstruction"), 7.5) << "tied: " << tied;
    EXPECT_NEAR(recorder.Last("criterion"),
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
    ASSERT_THAT(TrainLayer(plan, SmallEpochs(240), training, validation, pool, recorder), IsOk());
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
  const auto a = TrainLayer(SmallPlan(), epochs, training, none, one, recorder);
  const auto b = TrainLayer(SmallPlan(), epochs, training, none, two, recorder);
  epochs.seed = 4;
  const auto c = TrainLayer(SmallPlan(), epochs, training, none, one, recorder);
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
  EXPECT_THAT(TrainLayer(SmallPlan(), SmallEpochs(240), training, training, pool, recorder),
              StatusIs(absl::StatusCode::kCancelled, "enough"));
  EXPECT_EQ(recorder.steps, 3);
}

TEST(TrainLayerTest, NumbersThatOverflowAreAnErrorWithEpochAndStep) {
  const Matrix training = Bars(240, 1);
  LayerPlan plan = SmallPlan();
  plan.activation = Activation::kIdentity;
  plan.decoder_activation = Activation::kIdentity;
  plan.adam.epsilon = 1e-30;
  EpochPlan epochs = SmallEpochs(240);
  epochs.learning_rate = 1e15;
  Recorder recorder;
  ThreadPool pool(1);
  EXPECT_THAT(TrainLayer(plan, epochs, training, training, pool, recorder),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("layer 1, epoch 1, step "), HasSubstr("learning rate"))));
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

TEST(LearningRateAtTest, CosineFallsFromFullToNearlyNothing) {
  constexpr auto kCosine = LearningRateSchedule::kCosine;
  EXPECT_DOUBLE_EQ(LearningRateAt(kCosine, 0.1, 0, 100), 0.1);
  EXPECT_NEAR(LearningRateAt(kCosine, 0.1, 50, 100), 0.05, 1e-12);
  EXPECT_LT(LearningRateAt(kCosine, 0.1, 99, 100), 1e-4);
  EXPECT_DOUBLE_EQ(LearningRateAt(LearningRateSchedule::kConstant, 0.1, 99, 100), 0.1);
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

TEST(TrainClassifierTest, LearnsAndReturnsTheBestEpoch) {
  const Matrix training = Bars(240, 1), validation = Bars(60, 2);
  const auto labels_of = [](const Matrix& rows) {
    std::vector<std::uint8_t> labels;
    for (Index i = 0; i < rows.rows(); ++i) {
      labels.push_back((rows(i, 3) > 0.5f ? 1 : 0) + (rows(i, 12) > 0.5f ? 2 : 0));
    }
    return labels;
  };
  const std::vector<std::uint8_t> labels = labels_of(training);
  const std::vector<std::uint8_t> validation_labels = labels_of(validation);
  LayerPlan layer = SmallPlan();
  const std::vector<LayerParameters> layers = {
      InitialLayer(layer, Vector::Constant(20, 0.5f), 1, 0)};
  ClassifierPlan plan;
  plan.classes = 4;
  plan.hidden_dropout = 0.2;
  EpochPlan epochs = SmallEpochs(240);
  epochs.epochs = 10;
  ThreadPool pool(2);
  Recorder recorder;
  const absl::StatusOr<ClassifierParameters> trained =
      TrainClassifier(InitialClassifier(layers, 4, 1), plan, epochs, {training, labels},
                      {validation, validation_labels}, pool, recorder);
  ASSERT_THAT(trained, IsOk());
  EXPECT_EQ(recorder.Last("error"), 0);
  // What was returned has the smallest validation cross-entropy among epochs without errors.
  ClassifierParameters best = *trained;
  Adam adam({});
  ClassifierStep step(best, {}, adam, pool);
  double smallest = 1e9;
  for (const TrainingReport& report : recorder.epochs) {
    if (report.validation[1].value == 0) smallest = std::min(smallest, report.validation[0].value);
  }
  // Batches of another size round otherwise in the last place.
  EXPECT_NEAR(step.Measure({validation, validation_labels}).cross_entropy, smallest, 1e-6);
}

}  // namespace
}  // namespace cae
