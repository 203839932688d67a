#include "trainer/evaluation/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "core/io/model_file.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/trainer/small_data_set.h"
#include "trainer/base/random_stream.h"
#include "trainer/evaluation/image_variants.h"
#include "trainer/evaluation/judge_training.h"
#include "trainer/evaluation/temperature.h"

namespace cae {
namespace {

using testing::AddRandomClassifier;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::StatusIs;
using testing::Weights;

ModelParameters RandomJudge() {
  ModelParameters model =
      RandomModelParameters({12, 7}, {Activation::kLogistic}, Weights::kTied, 3);
  AddRandomClassifier({9, 5}, 4, 5, model);
  model.card.class_labels = {"a", "b", "c", "none"};
  model.card.training[Judge::kTemperatureKey] = "0.5";
  model.card.training[Judge::kRecognitionThresholdKey] = "0.9";
  model.card.training[Judge::kAcceptanceThresholdKey] = "0.8";
  return model;
}

VectorD Apply(const DenseParameters& dense, const VectorD& x) {
  const VectorD a = dense.weight.cast<double>() * x + dense.bias.cast<double>();
  if (dense.activation == Activation::kIdentity) return a;
  return (1 + (-a.array()).exp()).inverse();
}

// The value that so many are below.
float At(std::vector<float> values, int below) {
  std::nth_element(values.begin(), values.begin() + below, values.end());
  return values[below];
}

TEST(JudgeTest, AgreesWithTheFormulas) {
  ModelParameters model = RandomJudge();
  const Matrix images = RandomMatrix(600, 12, 1, 0, 1);
  ThreadPool pool(2);
  const Judgement all =
      Judge::Create(model).value()->Classify(images, Judge::Features::kLeaveOut, pool);
  const float middle_confidence = At(all.confidences, 300);
  const float low_acceptance = At(all.acceptances, 100);
  model.card.training[Judge::kRecognitionThresholdKey] =
      absl::StrFormat("%.17g", middle_confidence);
  model.card.training[Judge::kAcceptanceThresholdKey] = absl::StrFormat("%.17g", low_acceptance);
  const auto judge = Judge::Create(model);
  ASSERT_THAT(judge, IsOk());
  EXPECT_EQ((*judge)->classes(), 3);
  EXPECT_EQ((*judge)->feature_units(), 5);
  const Judgement judgement = (*judge)->Classify(images, Judge::Features::kInclude, pool);
  Index unrecognised = 0, refused = 0;
  for (Index i = 0; i < images.rows(); ++i) {
    VectorD h = images.row(i).transpose().cast<double>();
    for (const DenseParameters& layer : model.classifier.layers) h = Apply(layer, h);
    const VectorD scaled = h * std::sqrt(5 / h.squaredNorm());
    EXPECT_LT((judgement.features.row(i).transpose().cast<double>() - scaled).norm(), 1e-5);
    const Eigen::ArrayXd odds = (Apply(model.classifier.output, h).array() / 0.5).exp();
    // The last class takes probability away and is never chosen.
    Index best = 0;
    const double largest = odds.head(3).maxCoeff(&best);
    EXPECT_EQ(judgement.classes[i], best);
    EXPECT_NEAR(judgement.confidences[i], largest / odds.head(3).sum(), 1e-5);
    EXPECT_NEAR(judgement.acceptances[i], largest / odds.sum(), 1e-5);
    EXPECT_EQ(judgement.recognised[i], judgement.confidences[i] >= middle_confidence ? 1 : 0);
    EXPECT_EQ(judgement.accepted[i], judgement.acceptances[i] >= low_acceptance ? 1 : 0);
    unrecognised += 1 - judgement.recognised[i];
    refused += 1 - judgement.accepted[i];
  }
  EXPECT_EQ(unrecognised, 300);
  EXPECT_EQ(refused, 100);
  EXPECT_EQ((*judge)->Classify(images, Judge::Features::kLeaveOut, pool).features.size(), 0);
}

TEST(JudgeTest, OtherModelsAreRefused) {
  ModelParameters model = RandomJudge();
  model.card.class_labels.back() = "d";
  EXPECT_THAT(Judge::Create(model), StatusIs(absl::StatusCode::kInvalidArgument));
  model = RandomJudge();
  model.card.training.erase(Judge::kRecognitionThresholdKey);
  EXPECT_THAT(Judge::Create(model).status().message(), HasSubstr("judge.recognition_threshold"));
  model = RandomJudge();
  model.card.training.erase(Judge::kAcceptanceThresholdKey);
  EXPECT_THAT(Judge::Create(model).status().message(), HasSubstr("judge.acceptance_threshold"));
  model = RandomJudge();
  model.card.training[Judge::kTemperatureKey] = "0";
  EXPECT_THAT(Judge::Create(model), StatusIs(absl::StatusCode::kInvalidArgument));
  // The tower is run on images as they are.
  model = RandomJudge();
  model.layers[0].decoder_activation = Activation::kIdentity;
  model.input_offset = Vector::Zero(model.input_units());
  model.input_scale = Vector::Ones(model.input_units());
  EXPECT_THAT(Judge::Create(model).status().message(), HasSubstr("standardised inputs"));
}

// Labels drawn from softmax(logits / 3): so that is the temperature.
TEST(TemperatureTest, FindsTheOneThatLabelsWereDrawnWith) {
  const Matrix logits = RandomMatrix(20000, 4, 1, -6, 6);
  std::vector<std::uint8_t> labels;
  RandomStream random(1, RandomUse::kGradientCheck, 1);
  for (Index i = 0; i < logits.rows(); ++i) {
    Eigen::ArrayXd odds = (logits.row(i).transpose().cast<double>().array() / 3).exp();
    double left = random.Uniform() * odds.sum();
    std::uint8_t label = 0;
    while (label < 3 && left >= odds[label]) left -= odds[label++];
    labels.push_back(label);
  }
  EXPECT_NEAR(FitTemperature(logits, labels), 3, 0.1);
}

TEST(ImageVariantsTest, AreWhatTheirNamesSay) {
  Matrix rows(2, 16);
  rows.row(0).setConstant(1);
  rows.row(1).setConstant(0.5);
  const std::vector<std::uint8_t> labels = {0, 1};
  const ImageRows images{{rows, labels}, 4, 4};
  const auto make = [&](ImageVariant variant) { return MakeImageVariants(variant, images, 50, 3); };
  EXPECT_LT(make(ImageVariant::kBlank).maxCoeff(), 0.25f);
  const Matrix halves = make(ImageVariant::kHalfErased);
  for (Index i = 0; i < 50; ++i) EXPECT_EQ((halves.row(i).array() == 0).count(), 8);
  const Matrix averages = make(ImageVariant::kAverage);
  EXPECT_GE(averages.minCoeff(), 0.5f + 0.35f * 0.5f - 1e-6f);
  EXPECT_LE(averages.maxCoeff(), 0.5f + 0.65f * 0.5f + 1e-6f);
  EXPECT_EQ(make(ImageVariant::kUnion), Matrix::Ones(50, 16));
  const Matrix patches = make(ImageVariant::kPatchwork);
  for (Index i = 0; i < 50; ++i) EXPECT_EQ((patches.row(i).array() == 1).count(), 8);
  const Matrix soft = make(ImageVariant::kSoftened);
  Index filtered = 0;
  for (Index i = 0; i < 50; ++i) {
    EXPECT_GE(soft(i, 5), 0.25f * 0.3f);
    // A corner is darker than the middle after at least one filter.
    if (soft(i, 0) == soft(i, 5)) continue;
    EXPECT_LE(soft(i, 0) / soft(i, 5), 9.0f / 16 + 1e-6f);
    ++filtered;
  }
  EXPECT_GT(filtered, 25);
  EXPECT_LT(filtered, 50);
  EXPECT_EQ(make(ImageVariant::kNoise), make(ImageVariant::kNoise));
}

constexpr char kSmallJudge[] = R"(
  name: "judge" validation_rows: 60 batch_size: 24 seed: 5
  layers { units: 20 activation: ACTIVATION_RELU contraction: 0 epochs: 1 learning_rate: 0.01 }
  finetune { epochs: 40 learning_rate: 0.01 batch_size: 24 }
)";

class JudgeTrainingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteSmallDataSet(folder_);
    auto data = LoadDataSet("mnist", folder_);
    ASSERT_THAT(data, IsOk());
    data_ = *std::move(data);
    auto recipe = ParseRecipe(kSmallJudge);
    ASSERT_THAT(recipe, IsOk());
    recipe_ = *std::move(recipe);
  }

  absl::StatusOr<std::unique_ptr<Judge>> Find() {
    return FindOrTrainJudge(recipe_, data_, folder_,
                            {observer_, 2, [this](const std::string& path) {
                               path_ = path;
                               ++trained_;
                             }});
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  std::string path_;
  DataSet data_;
  Recipe recipe_;
  ThreadPool pool_{2};
  TrainingObserver observer_;
  int trained_ = 0;
};

TEST_F(JudgeTrainingTest, RefusesWhatItWasTaughtToRefuse) {
  const auto model = TrainJudge(recipe_, data_, pool_, observer_);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->card.class_labels.size(), 11u);
  const auto judge = Judge::Create(*model);
  ASSERT_THAT(judge, IsOk());
  const Judgement blanks =
      (*judge)->Classify(Matrix(Matrix::Zero(3, 30)), Judge::Features::kLeaveOut, pool_);
  EXPECT_EQ(blanks.accepted, std::vector<std::uint8_t>({0, 0, 0}));
  // Not those rows that the thresholds are of.
  const LabelledExamples& rows = data_.training;
  const Judgement real = (*judge)->Classify(rows.rows, Judge::Features::kLeaveOut, pool_);
  int recognised = 0, accepted = 0, right = 0;
  for (std::size_t i = 0; i < real.classes.size(); ++i) {
    recognised += real.recognised[i];
    accepted += real.accepted[i];
    right += real.classes[i] == rows.labels[i] ? 1 : 0;
  }
  ASSERT_EQ(real.classes.size(), 300u);
  EXPECT_GE(recognised, 270);
  EXPECT_GE(accepted, 270);
  EXPECT_GE(right, 270);
  double share = 0;
  ASSERT_TRUE(absl::SimpleAtod(model->card.training.at("judge.refused.blank"), &share));
  EXPECT_GT(share, 0.9);
}

TEST_F(JudgeTrainingTest, IsTrainedOnceAndThenFound) {
  const auto first = Find();
  ASSERT_THAT(first, IsOk());
  const auto second = Find();
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(trained_, 1);
  EXPECT_EQ((*first)->recognition_threshold(), (*second)->recognition_threshold());
  // As the file holds it, though the first came from memory.
  EXPECT_EQ((*first)->Logits(data_.test.rows, pool_), (*second)->Logits(data_.test.rows, pool_));
  recipe_.set_seed(6);
  ASSERT_THAT(Find(), IsOk());
  EXPECT_EQ(trained_, 2);
}

TEST_F(JudgeTrainingTest, ADamagedFileIsNamed) {
  ASSERT_THAT(Find(), IsOk());
  std::filesystem::resize_file(path_, 100);
  EXPECT_THAT(std::string(Find().status().message()),
              ::testing::AllOf(HasSubstr(path_), HasSubstr("remove it")));
  EXPECT_EQ(trained_, 1);
}

TEST_F(JudgeTrainingTest, ARecipeWithoutAClassifierIsRefused) {
  recipe_.clear_finetune();
  EXPECT_THAT(Find(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(JudgeRecipeTest, IsARecipe) { EXPECT_THAT(ParseRecipe(JudgeRecipeText()), IsOk()); }

}  // namespace
}  // namespace cae
