#include "trainer/evaluation/sample_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::AddRandomClassifier;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::StatusIs;
using testing::Weights;

// State of chain c after t transitions: c everywhere but t in the first pixel.
class CountingSampler : public ImageSampler {
 public:
  Index image_units() const override { return 3; }
  void Start(ConstMatrixView images, std::uint64_t seed) override {
    starts_ = images;
    seeds_.push_back(seed);
    steps_ = 0;
  }
  void Step(int steps) override { steps_ += steps; }
  void Images(MatrixView out) const override {
    for (Index c = 0; c < starts_.rows(); ++c) {
      out.row(c).setConstant(static_cast<float>(c));
      out(c, 0) = steps_ >= broken_at_ ? NAN : static_cast<float>(steps_);
    }
  }

  Matrix starts_;
  std::vector<std::uint64_t> seeds_;
  int steps_ = 0;
  int broken_at_ = 1'000'000;
};

SampleProtocol SmallProtocol() {
  SampleProtocol protocol;
  protocol.strict_chains = 2;
  protocol.strict_states = 40;
  protocol.many_chains = 4;
  protocol.burn_in = 7;
  protocol.draws = 5;
  protocol.thinning = 3;
  return protocol;
}

const ScoreProgress kSilent = [](absl::string_view, Index, Index) { return absl::OkStatus(); };

TEST(DrawSamplesTest, TakesEveryStateOfLongChainsAndThinnedDrawsOfMany) {
  CountingSampler sampler;
  const auto samples = DrawSamples(sampler, RandomMatrix(9, 3, 1), SmallProtocol(), kSilent);
  ASSERT_THAT(samples, IsOk());
  ASSERT_EQ(samples->strict.rows(), 80);
  EXPECT_EQ(samples->strict(0, 0), 1);
  EXPECT_EQ(samples->strict(39, 0), 40);
  EXPECT_EQ(samples->strict(40, 0), 1);  // the second chain
  EXPECT_EQ(samples->strict(40, 1), 1);
  ASSERT_EQ(samples->many.rows(), 20);
  EXPECT_EQ(samples->many(0, 0), 7 + 3);
  EXPECT_EQ(samples->many(4, 0), 7 + 15);
  EXPECT_EQ(samples->many(5, 0), 7 + 3);
  EXPECT_EQ(samples->many(19, 1), 3);
  EXPECT_NE(sampler.seeds_[0], sampler.seeds_[1]);
}

TEST(DrawSamplesTest, StartsAtTrainingRowsThatTheSeedPicks) {
  const Matrix training = RandomMatrix(50, 3, 1);
  CountingSampler a, b;
  ASSERT_THAT(DrawSamples(a, training, SmallProtocol(), kSilent), IsOk());
  ASSERT_THAT(DrawSamples(b, training, SmallProtocol(), kSilent), IsOk());
  EXPECT_EQ(a.starts_, b.starts_);
  for (Index c = 0; c < 4; ++c) {
    EXPECT_EQ((training.rowwise() - a.starts_.row(c)).rowwise().norm().minCoeff(), 0);
  }
  SampleProtocol other = SmallProtocol();
  other.seed = 2;
  ASSERT_THAT(DrawSamples(b, training, other, kSilent), IsOk());
  EXPECT_NE(a.starts_, b.starts_);
}

TEST(DrawSamplesTest, ABrokenChainAndAnInterruptionEndIt) {
  CountingSampler sampler;
  sampler.broken_at_ = 30;
  EXPECT_THAT(DrawSamples(sampler, RandomMatrix(9, 3, 1), SmallProtocol(), kSilent),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(
      DrawSamples(sampler, RandomMatrix(9, 3, 1), SmallProtocol(),
                  [](absl::string_view, Index, Index) { return absl::CancelledError("enough"); }),
      StatusIs(absl::StatusCode::kCancelled));
}

std::string Quantile(std::vector<float> values, double q) {
  const auto place = static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size()));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return absl::StrFormat("%.17g", values[place]);
}

class SampleScorerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ModelParameters model =
        RandomModelParameters({12, 7}, {Activation::kLogistic}, Weights::kTied, 3);
    AddRandomClassifier({9, 5}, 4, 5, model);
    model.card.class_labels = {"a", "b", "c", "none"};
    model.card.training[Judge::kTemperatureKey] = "0.2";
    model.card.training[Judge::kRecognitionThresholdKey] = "0";
    model.card.training[Judge::kAcceptanceThresholdKey] = "0";
    ThreadPool pool(1);
    const Judgement judgement = Judge::Create(model).value()->Classify(
        RandomMatrix(101, 12, 1, 0, 1), Judge::Features::kLeaveOut, pool);
    // Of images like these a fifth is unrecognised and half is refused.
    model.card.training[Judge::kRecognitionThresholdKey] = Quantile(judgement.confidences, 0.2);
    model.card.training[Judge::kAcceptanceThresholdKey] = Quantile(judgement.acceptances, 0.5);
    judge_ = Judge::Create(model).value();
    data_.name = "small";
    data_.class_labels = {"a", "b", "c"};
    data_.training = {RandomMatrix(300, 12, 1, 0, 1), std::vector<std::uint8_t>(300, 0)};
    data_.test = {RandomMatrix(90, 12, 2, 0, 1), std::vector<std::uint8_t>(90, 0)};
  }

  std::unique_ptr<SampleScorer> Scorer(Index samples, ThreadPool& pool) {
    return SampleScorer::Make(data_, *judge_, samples, {}, pool).value();
  }

  std::unique_ptr<Judge> judge_;
  DataSet data_;
};

// Every number again by the functions that have tests of their own.
TEST_F(SampleScorerTest, PutsTheWholeRowTogether) {
  ThreadPool pool(2);
  SampleProtocol protocol = SmallProtocol();
  const DrawnSamples samples{RandomMatrix(80, 12, 7, 0, 1), RandomMatrix(20, 12, 8, 0, 1)};
  const auto scores = Scorer(20, pool)->Score(samples, protocol, kSilent);
  ASSERT_THAT(scores, IsOk());

  const Matrix choice = data_.training.rows.middleRows(250, 50);  // of the last sixth
  const ParzenScore second =
      ScoreByParzen(Matrix(samples.strict.bottomRows(40)), choice, data_.test.rows, pool);
  ASSERT_EQ(scores->strict_parzen.size(), 2u);
  EXPECT_EQ(scores->strict_parzen[1].log_likelihood.mean, second.log_likelihood.mean);
  EXPECT_DOUBLE_EQ(scores->strict_log_likelihood.mean,
                   (scores->strict_parzen[0].log_likelihood.mean +
                    scores->strict_parzen[1].log_likelihood.mean) /
                       2);
  const Judgement judgement = judge_->Classify(samples.strict, Judge::Features::kLeaveOut, pool);
  const auto recognised =
      std::count(judgement.recognised.begin(), judgement.recognised.end(), std::uint8_t{1});
  EXPECT_DOUBLE_EQ(scores->strict_unrecognised.mean, 1 - static_cast<double>(recognised) / 80);
  EXPECT_EQ(scores->strict_unrecognised.rows, 2);
  const auto accepted =
      std::count(judgement.accepted.begin(), judgement.accepted.end(), std::uint8_t{1});
  EXPECT_LT(accepted, recognised);
  EXPECT_GT(accepted, 0);
  EXPECT_LT(recognised, 80);
  EXPECT_DOUBLE_EQ(scores->strict_refused.mean, 1 - static_cast<double>(accepted) / 80);
  EXPECT_DOUBLE_EQ(
      scores->mixing.visited[0].mean,
      CountVisitedClasses({2, 40, 3, judgement.classes, judgement.recognised}, 10).mean);
  EXPECT_EQ(scores->mixing.principal_components.size(), 3u);

  const ImageScores& many = scores->many;
  const Matrix real =
      judge_
          ->Classify(Rows(ConstMatrixView(data_.test.rows), 0, 20), Judge::Features::kInclude, pool)
          .features;
  const Judgement of_many = judge_->Classify(samples.many, Judge::Features::kInclude, pool);
  const PrecisionRecall regions = MeasurePrecisionRecall(
      FeatureRegion(real, 3, pool), FeatureRegion(of_many.features, 3, pool), pool);
  EXPECT_EQ(many.precision_recall.precision, regions.precision);
  EXPECT_EQ(many.precision_recall.recall, regions.recall);
  EXPECT_EQ(many.frechet_distance,
            FrechetReference(MomentsOf(real, pool)).DistanceTo(MomentsOf(of_many.features, pool)));
  double entropy = 0, shares = 0;
  for (int k = 0; k < 3; ++k) {
    const double share = static_cast<double>(std::count(of_many.classes.begin(),
                                                        of_many.classes.end(), std::uint8_t(k))) /
                         20;
    EXPECT_NEAR(many.class_shares[k], share, 1e-12);
    if (share > 0) entropy -= share * std::log(share);
    shares += share;
  }
  EXPECT_NEAR(many.class_entropy, entropy, 1e-12);
  EXPECT_DOUBLE_EQ(shares, 1);
}

TEST_F(SampleScorerTest, RealImagesHaveRecallAndNoiseHasNone) {
  ThreadPool pool(1);
  const std::unique_ptr<SampleScorer> scorer = Scorer(90, pool);
  const ImageScores real = scorer->ScoreTrainingImages();
  const ImageScores far = scorer->ScoreImages(RandomMatrix(90, 12, 9, 5, 9));
  EXPECT_GT(real.precision_recall.precision, 0.7);
  EXPECT_GT(real.precision_recall.recall, 0.7);
  EXPECT_LT(far.precision_recall.recall, 0.3);
  EXPECT_LT(real.frechet_distance, 0.1 * far.frechet_distance);
  EXPECT_GT(real.parzen.log_likelihood.mean, far.parzen.log_likelihood.mean);
}

// Of the last sixth, 50 rows, the first half chooses the width and the other half is scored.
TEST_F(SampleScorerTest, ScoresOnValidationRowsThatDoNotChoose) {
  ThreadPool pool(1);
  const Matrix samples = RandomMatrix(20, 12, 8, 0, 1);
  const auto on_validation =
      SampleScorer::Make(data_, *judge_, 20, {ScoredOn::kValidation, 0, 1'000}, pool);
  ASSERT_THAT(on_validation, IsOk());
  const ImageScores scores = (*on_validation)->ScoreImages(samples);
  const ParzenScore expected =
      ScoreByParzen(samples, Matrix(data_.training.rows.middleRows(250, 25)),
                    Matrix(data_.training.rows.bottomRows(25)), pool);
  EXPECT_EQ(scores.parzen.log_likelihood.mean, expected.log_likelihood.mean);
  EXPECT_EQ(scores.parzen.log_likelihood.rows, 25);
  data_.test = {data_.training.rows.bottomRows(25), std::vector<std::uint8_t>(25, 0)};
  const ImageScores as_test = Scorer(20, pool)->ScoreImages(samples);
  EXPECT_EQ(scores.frechet_distance, as_test.frechet_distance);
  EXPECT_EQ(scores.precision_recall.recall, as_test.precision_recall.recall);
}

TEST_F(SampleScorerTest, AJudgeOfOtherDataIsRefused) {
  ThreadPool pool(1);
  EXPECT_THAT(SampleScorer::Make(data_, *judge_, 3, {}, pool),
              StatusIs(absl::StatusCode::kInvalidArgument));
  data_.class_labels.back() = "d";
  EXPECT_THAT(SampleScorer::Make(data_, *judge_, 20, {}, pool),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cae
