#include "trainer/training/classifier_training.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/testing/status_matchers.h"
#include "tests/trainer/training/small_training.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

using testing::BarLabels;
using testing::Bars;
using testing::IsOk;
using testing::Recorder;

class TrainClassifierTest : public ::testing::Test {
 protected:
  absl::StatusOr<ClassifierParameters> Train(const ClassifierPlan& plan, int epochs) {
    EpochPlan run;
    run.stage = "classifier";
    run.stage_number = 1;
    run.rows = training_.rows();
    run.batch_size = 25;
    run.epochs = epochs;
    run.learning_rate = 0.02;
    run.seed = 3;
    LayerPlan layer;
    layer.units = 24;
    const std::vector<LayerParameters> layers = {
        InitialLayer(layer, Vector::Constant(20, 0.5f), 1, 0)};
    return TrainClassifier(InitialClassifier(layers, 4, 1), plan, run, {training_, labels_},
                           {validation_, validation_labels_}, pool_, {recorder_});
  }

  const Matrix training_ = Bars(240, 1), validation_ = Bars(60, 2);
  const std::vector<std::uint8_t> labels_ = BarLabels(training_);
  const std::vector<std::uint8_t> validation_labels_ = BarLabels(validation_);
  ThreadPool pool_{2};
  Recorder recorder_;
};

TEST_F(TrainClassifierTest, LearnsAndReturnsTheBestEpoch) {
  ClassifierPlan plan;
  plan.classes = 4;
  plan.hidden_dropout = 0.2;
  const absl::StatusOr<ClassifierParameters> trained = Train(plan, 10);
  ASSERT_THAT(trained, IsOk());
  EXPECT_EQ(recorder_.Last("error"), 0);
  // What was returned has the smallest validation cross-entropy among epochs without errors.
  ClassifierParameters best = *trained;
  Adam adam({});
  ClassifierStep step(best, {}, adam, pool_);
  double smallest = 1e9;
  for (const TrainingReport& report : recorder_.epochs) {
    if (report.validation[1].value == 0) smallest = std::min(smallest, report.validation[0].value);
  }
  // Batches of another size round otherwise in the last place.
  EXPECT_NEAR(step.Measure({validation_, validation_labels_}).cross_entropy, smallest, 1e-6);
}

TEST_F(TrainClassifierTest, PatienceEndsItSoManyEpochsBehindTheBest) {
  ClassifierPlan plan;
  plan.classes = 4;
  plan.patience = 3;
  plan.hidden_dropout = 0.8;  // noise: the validation loss goes up and down
  ASSERT_THAT(Train(plan, 400), IsOk());
  const std::size_t epochs = recorder_.epochs.size();
  ASSERT_LT(epochs, 400u);
  ASSERT_GT(epochs, 3u);
  const auto score = [](const TrainingReport& report) {
    return std::pair(report.validation[1].value, report.validation[0].value);
  };
  const auto best =
      std::min_element(recorder_.epochs.begin(), recorder_.epochs.end(),
                       [&](const auto& a, const auto& b) { return score(a) < score(b); });
  EXPECT_EQ(best - recorder_.epochs.begin(), static_cast<std::ptrdiff_t>(epochs) - 1 - 3);
}

TEST_F(TrainClassifierTest, MomentumAloneLearnsToo) {
  ClassifierPlan plan;
  plan.classes = 4;
  plan.optimiser = SgdOptions{0.9, true};
  ASSERT_THAT(Train(plan, 20), IsOk());
  EXPECT_EQ(recorder_.Last("error"), 0);
  EXPECT_LT(recorder_.epochs.back().gradient_norm, recorder_.epochs.front().gradient_norm);
}

}  // namespace
}  // namespace cae
