// A run that is stopped anywhere and resumed gives the bits of a run that was not.
#include "trainer/checkpoint/run_checkpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/trainer/training/small_training.h"
#include "trainer/checkpoint/training_fingerprint.h"
#include "trainer/training/classifier_training.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

using testing::BarLabels;
using testing::Bars;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Recorder;
using testing::StatusIs;

class RunCheckpointsTest : public ::testing::Test {
 protected:
  std::unique_ptr<RunCheckpoints> Open(bool resume, int every = 1) {
    auto checkpoints = RunCheckpoints::Open({path_, every, resume, {{"seed", "3"}}});
    EXPECT_THAT(checkpoints, IsOk());
    return *std::move(checkpoints);
  }

  EpochPlan Epochs() const {
    EpochPlan epochs;
    epochs.stage = "a stage";
    epochs.rows = training_.rows();
    epochs.batch_size = 25;
    epochs.epochs = 4;
    epochs.learning_rate = 0.02;
    epochs.seed = 3;
    return epochs;
  }

  absl::StatusOr<LayerParameters> TrainOneLayer(const OptimiserOptions& optimiser, bool tied,
                                                Recorder& recorder, RunCheckpoints* checkpoints) {
    LayerPlan plan;
    plan.units = 24;
    plan.tied = tied;
    plan.optimiser = optimiser;
    return TrainLayer(plan, Epochs(), training_, validation_, pool_, {recorder, checkpoints});
  }

  absl::StatusOr<ClassifierParameters> TrainOneClassifier(Recorder& recorder,
                                                          RunCheckpoints* checkpoints) {
    ClassifierPlan plan;
    plan.classes = 4;
    plan.input_dropout = 0.2;
    plan.hidden_dropout = 0.5;
    plan.patience = 2;
    LayerPlan layer;
    layer.units = 24;
    EpochPlan epochs = Epochs();
    epochs.epochs = 200;
    const LayerParameters initial = InitialLayer(layer, Vector::Constant(20, 0.5f), 1, 0);
    return TrainClassifier(InitialClassifier({initial}, 4, 1), plan, epochs, {training_, labels_},
                           {validation_, validation_labels_}, pool_, {recorder, checkpoints});
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.File("checkpoint");
  const Matrix training_ = Bars(240, 1), validation_ = Bars(60, 2);  // ten steps an epoch
  const std::vector<std::uint8_t> labels_ = BarLabels(training_);
  const std::vector<std::uint8_t> validation_labels_ = BarLabels(validation_);
  ThreadPool pool_{2};
};

TEST_F(RunCheckpointsTest, ALayerThatWasStoppedAfterAnyStepIsTheSame) {
  for (const OptimiserOptions& optimiser :
       {OptimiserOptions(AdamOptions{}), OptimiserOptions(SgdOptions{0.9, true})}) {
    Recorder undisturbed;
    const bool tied = optimiser.index() == 0;
    const auto expected = TrainOneLayer(optimiser, tied, undisturbed, nullptr);
    ASSERT_THAT(expected, IsOk());
    for (const int stop_after : {1, 7, 10, 11, 25, 39, 40}) {
      Recorder recorder;
      recorder.stop_after = stop_after;
      auto checkpoints = Open(false);
      ASSERT_THAT(TrainOneLayer(optimiser, tied, recorder, checkpoints.get()),
                  StatusIs(absl::StatusCode::kCancelled));
      EXPECT_TRUE(checkpoints->saved());
      recorder.stop_after = -1;
      checkpoints = Open(true);
      const auto resumed = TrainOneLayer(optimiser, tied, recorder, checkpoints.get());
      ASSERT_THAT(resumed, IsOk());
      EXPECT_THAT(resumed->encoder.weight, HasBitsOf(expected->encoder.weight)) << stop_after;
      EXPECT_THAT(resumed->decoder_weight, HasBitsOf(expected->decoder_weight)) << stop_after;
      EXPECT_THAT(resumed->decoder_bias, HasBitsOf(expected->decoder_bias)) << stop_after;
      // Each step once, and what is reported of an epoch covers all of it.
      EXPECT_EQ(recorder.steps, undisturbed.steps);
      ASSERT_EQ(recorder.epochs.size(), 4u);
      for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(recorder.epochs[i].training[0].value, undisturbed.epochs[i].training[0].value);
        EXPECT_EQ(recorder.epochs[i].gradient_norm, undisturbed.epochs[i].gradient_norm);
      }
      checkpoints->Remove();
    }
  }
}

TEST_F(RunCheckpointsTest, AClassifierKeepsDropoutBestEpochAndPatience) {
  Recorder undisturbed;
  const auto expected = TrainOneClassifier(undisturbed, nullptr);
  ASSERT_THAT(expected, IsOk());
  const int steps = undisturbed.steps;
  ASSERT_LT(undisturbed.epochs.size(), 200u) << "patience should have ended it";
  for (const int stop_after : {5, steps / 2, steps - 10, steps - 5, steps}) {
    Recorder recorder;
    recorder.stop_after = stop_after;
    auto checkpoints = Open(false);
    ASSERT_THAT(TrainOneClassifier(recorder, checkpoints.get()),
                StatusIs(absl::StatusCode::kCancelled));
    recorder.stop_after = -1;
    checkpoints = Open(true);
    const auto resumed = TrainOneClassifier(recorder, checkpoints.get());
    ASSERT_THAT(resumed, IsOk());
    EXPECT_EQ(recorder.steps, steps);
    EXPECT_THAT(resumed->layers[0].weight, HasBitsOf(expected->layers[0].weight)) << stop_after;
    EXPECT_THAT(resumed->output.weight, HasBitsOf(expected->output.weight)) << stop_after;
    checkpoints->Remove();
  }
}

TEST_F(RunCheckpointsTest, SavesEveryNthEpochAndTheLast) {
  // Copies the time of each save by looking for the file after each epoch.
  class Watch : public Recorder {
   public:
    explicit Watch(std::string path) : path_(std::move(path)) {}
    absl::Status OnEpoch(const TrainingReport& report) override {
      if (std::filesystem::remove(path_)) saved_before.push_back(report.epoch);
      return absl::OkStatus();
    }
    std::vector<int> saved_before;

   private:
    const std::string path_;
  };
  auto checkpoints = Open(false, 3);
  Watch watch(path_);
  ASSERT_THAT(TrainOneLayer(AdamOptions{}, true, watch, checkpoints.get()), IsOk());
  EXPECT_THAT(watch.saved_before, ::testing::ElementsAre(4));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

// Diverges in its third epoch, in the way that it is told.
class DivergingStage : public TrainingStage {
 public:
  enum class Way { kStep, kValidation, kParameters };
  explicit DivergingStage(Way way) : way_(way) {}

  StepResult Descend(absl::Span<const Index> /*rows*/, double /*learning_rate*/) override {
    const bool bad = ++steps_ > 25;
    if (bad && way_ == Way::kParameters) parameters_[1] = std::numeric_limits<float>::infinity();
    return {{{"loss", 1}}, 1, !(bad && way_ == Way::kStep)};
  }
  Metrics Validate() override {
    const bool bad = steps_ > 25 && way_ == Way::kValidation;
    return {{"loss", bad ? std::nan("") : 1}};
  }
  void Exchange(StateArchive& archive) override {
    archive.Integer("steps", steps_);
    archive.Floats("parameters", parameters_);
  }
  std::int64_t steps() const { return steps_; }

 private:
  const Way way_;
  std::int64_t steps_ = 0;
  Vector parameters_ = Vector::Zero(3);
};

TEST_F(RunCheckpointsTest, ARunThatDivergesLeavesTheLastGoodCheckpoint) {
  using Way = DivergingStage::Way;
  for (const auto& [way, message] :
       {std::pair(Way::kStep, "a stage, epoch 3, step 6: the loss"),
        std::pair(Way::kValidation, "a stage, epoch 3, behind"),
        std::pair(Way::kParameters, "parameters holds numbers that")}) {
    Recorder recorder;
    auto checkpoints = Open(false);
    DivergingStage stage(way);
    EXPECT_THAT(RunEpochs(Epochs(), stage, {recorder, checkpoints.get()}),
                StatusIs(absl::StatusCode::kOutOfRange, HasSubstr(message)));
    DivergingStage resumed(way);
    recorder.stop_after = recorder.steps + 1;
    checkpoints = Open(true);
    EXPECT_THAT(RunEpochs(Epochs(), resumed, {recorder, checkpoints.get()}),
                StatusIs(absl::StatusCode::kCancelled));
    EXPECT_EQ(resumed.steps(), 21) << "the first step of the third epoch";
    checkpoints->Remove();
  }
}

TEST_F(RunCheckpointsTest, AForgottenResumeLosesNothingAndAnotherRunIsRefused) {
  Recorder recorder;
  auto checkpoints = Open(false);
  ASSERT_THAT(TrainOneLayer(AdamOptions{}, true, recorder, checkpoints.get()), IsOk());
  EXPECT_THAT(RunCheckpoints::Open({path_, 1, false, {{"seed", "3"}}}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--resume")));
  EXPECT_THAT(RunCheckpoints::Open({path_, 1, true, {{"seed", "4"}}}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("there 3, here 4")));
  std::filesystem::resize_file(path_, 1000);
  EXPECT_THAT(RunCheckpoints::Open({path_, 1, true, {{"seed", "3"}}}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path_)));
}

TEST(TrainingFingerprintTest, IsTheSameEachTime) {
  EXPECT_EQ(TrainingFingerprint(), TrainingFingerprint());
  EXPECT_EQ(TrainingFingerprint().size(), 32u);
}

}  // namespace
}  // namespace cae
