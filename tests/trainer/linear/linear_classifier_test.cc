#include "trainer/linear/linear_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/baselines/small_rbm.h"
#include "trainer/linear/linear_features.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::RandomVector;
using testing::SmallRbm;
using testing::StatusIs;

constexpr Index kClasses = 3, kFeatures = 7;

// Rows far from the origin whose class is the largest of three linear functions, or with `noise`
// any other now and then.
struct Problem {
  explicit Problem(Index count, std::uint64_t seed, int noise = 0)
      : rows(RandomMatrix(count, kFeatures, seed).array() + 3) {
    const Matrix scores = (rows.array() - 3).matrix() * RandomMatrix(kFeatures, kClasses, 50);
    for (Index i = 0; i < count; ++i) {
      Index label = 0;
      scores.row(i).maxCoeff(&label);
      if (noise > 0 && i % noise == 0) label = (label + 1) % kClasses;
      labels.push_back(static_cast<std::uint8_t>(label));
    }
  }
  LabelledRows view() const { return {rows, labels}; }

  Matrix rows;
  std::vector<std::uint8_t> labels;
};

// The objective by its definition.
double ObjectiveOf(const MatrixD& weight, const VectorD& bias, const Problem& problem,
                   double regularisation) {
  const MatrixD rows = problem.rows.cast<double>();
  const VectorD variance = (rows.rowwise() - rows.colwise().mean()).cwiseAbs2().colwise().mean();
  const VectorD scale = (variance / variance.mean()).cwiseSqrt().cwiseMax(0.2);
  double sum = 0;
  for (Index i = 0; i < problem.rows.rows(); ++i) {
    const VectorD scores = weight * problem.rows.row(i).cast<double>().transpose() + bias;
    for (Index c = 0; c < kClasses; ++c) {
      const double y = problem.labels[i] == c ? 1 : -1;
      const double slack = std::max(0.0, 1 - y * scores[c]);
      sum += slack * slack;
    }
  }
  return sum / static_cast<double>(problem.rows.rows()) +
         regularisation / 2 * (weight * scale.asDiagonal()).squaredNorm();
}

LinearTrainingOptions Exact(double regularisation) {
  LinearTrainingOptions options;
  options.regularisation = regularisation;
  options.tolerance = 1e-9;
  return options;
}

TEST(LinearClassifierTest, TheGradientOfTheObjectiveVanishesAtTheResult) {
  Problem problem(1500, 51, 7);
  // One feature is larger than the others and one hardly moves.
  problem.rows.col(1) *= 3;
  problem.rows.col(2) *= 0.05f;
  ThreadPool pool(2);
  const auto fit = TrainLinearClassifier(problem.view(), kClasses, Exact(0.02), {}, pool);
  ASSERT_THAT(fit, IsOk());
  const VectorD bias = fit->classifier.bias.cast<double>();
  const MatrixD weight = fit->classifier.weight.cast<double>();
  const double least = ObjectiveOf(weight, bias, problem, 0.02);
  EXPECT_NEAR(fit->objective, least, 1e-5);
  const double step = 1e-3;
  for (Index c = 0; c < kClasses; ++c) {
    for (Index j = 0; j <= kFeatures; ++j) {
      const auto moved = [&](double by) {
        MatrixD w = weight;
        VectorD b = bias;
        (j < kFeatures ? w(c, j) : b[c]) += by;
        return ObjectiveOf(w, b, problem, 0.02);
      };
      // Of gradients of order one at zero weights.
      EXPECT_NEAR((moved(step) - moved(-step)) / (2 * step), 0, 2e-3) << c << ", " << j;
    }
  }
}

TEST(LinearClassifierTest, FindsTheClassesOfRowsThatItHasNotSeen) {
  const Problem problem(600, 52), other(600, 53);
  ThreadPool pool(2);
  const auto fit = TrainLinearClassifier(problem.view(), kClasses, Exact(1e-6), {}, pool);
  ASSERT_THAT(fit, IsOk());
  // By chance it would be 400; a machine for each class alone does not get all of them right.
  EXPECT_LE(WrongRows(fit->classifier, problem.view(), pool), 36);
  EXPECT_LE(WrongRows(fit->classifier, other.view(), pool), 48);
  // Counted by hand.
  Index wrong = 0;
  const Matrix scores = other.rows * fit->classifier.weight.transpose();
  for (Index i = 0; i < 600; ++i) {
    Index best = 0;
    (scores.row(i) + fit->classifier.bias.transpose()).maxCoeff(&best);
    if (best != other.labels[i]) ++wrong;
  }
  EXPECT_EQ(WrongRows(fit->classifier, other.view(), pool), wrong);
}

TEST(LinearClassifierTest, TheResultIsTheSameForAnyThreadsAndNearlySoFromAnyStart) {
  const Problem problem(900, 54, 9);
  ThreadPool one(1), three(3);
  const auto fit = TrainLinearClassifier(problem.view(), kClasses, Exact(0.01), {}, one);
  ASSERT_THAT(fit, IsOk());
  const auto again = TrainLinearClassifier(problem.view(), kClasses, Exact(0.01), {}, three);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->classifier.weight, HasBitsOf(fit->classifier.weight));
  EXPECT_THAT(again->classifier.bias, HasBitsOf(fit->classifier.bias));
  const LinearClassifier start = {RandomMatrix(kClasses, kFeatures, 55),
                                  RandomVector(kClasses, 56)};
  const auto elsewhere = TrainLinearClassifier(problem.view(), kClasses, Exact(0.01), start, one);
  ASSERT_THAT(elsewhere, IsOk());
  EXPECT_NEAR(elsewhere->objective, fit->objective, 1e-5);
  // Where it ended there is nothing left to do.
  const auto done =
      TrainLinearClassifier(problem.view(), kClasses, Exact(0.01), fit->classifier, one);
  ASSERT_THAT(done, IsOk());
  EXPECT_LT(done->iterations, fit->iterations / 2);
}

TEST(LinearClassifierTest, TheRegularisationWithTheSmallestValidationErrorIsChosen) {
  const Problem training(60, 57, 5), validation(400, 58, 5);
  ThreadPool pool(2);
  std::vector<LinearTrial> told;
  const auto choice =
      ChooseLinearClassifier(training.view(), validation.view(), kClasses, {}, pool,
                             [&](const LinearTrial& trial) { told.push_back(trial); });
  ASSERT_THAT(choice, IsOk());
  ASSERT_EQ(told.size(), choice->trials.size());
  EXPECT_GE(told.size(), 4u);
  const auto best = std::min_element(told.begin(), told.end(), [](const auto& a, const auto& b) {
    return a.validation_error < b.validation_error;
  });
  EXPECT_EQ(choice->regularisation, best->regularisation);
  EXPECT_EQ(WrongRows(choice->classifier, validation.view(), pool),
            std::lround(400 * best->validation_error));
}

TEST(LinearClassifierTest, ACheckEndsTheTraining) {
  const Problem problem(300, 59, 5);
  ThreadPool pool(1);
  LinearTrainingOptions options = Exact(0.01);
  options.check = [] { return absl::CancelledError("enough"); };
  EXPECT_THAT(TrainLinearClassifier(problem.view(), kClasses, options, {}, pool),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("enough")));
}

TEST(LinearFeaturesTest, AreTheRowsAndTheCodesOfAllLayersSideBySide) {
  const auto model = Autoencoder::Create(
      RandomModelParameters({6, 5, 4}, {Activation::kLogistic}, testing::Weights::kTied, 64));
  ASSERT_THAT(model, IsOk());
  const Matrix rows = RandomMatrix(300, 6, 65, 0, 1);
  ThreadPool pool(2);
  const Matrix features = RawAndCodes(**model, rows, pool);
  ASSERT_EQ(features.cols(), 15);
  EXPECT_THAT(Matrix(features.leftCols(6)), HasBitsOf(rows));
  Workspace workspace;
  Matrix first(300, 5), second(300, 4);
  (*model)->Encode(rows, 1, first, workspace);
  (*model)->Encode(rows, 2, second, workspace);
  EXPECT_THAT(Matrix(features.middleCols(6, 5)), HasBitsOf(first));
  EXPECT_THAT(Matrix(features.rightCols(4)), HasBitsOf(second));
}

TEST(LinearFeaturesTest, AreTheRowsAndTheMeansOfAllMachinesSideBySide) {
  const RbmStack stack = {SmallRbm(61, 5, 6), SmallRbm(62, 4, 5)};
  const Matrix rows = RandomMatrix(300, 6, 63, 0, 1);
  ThreadPool pool(2);
  const Matrix features = RawAndCodes(stack, rows, pool);
  ASSERT_EQ(features.cols(), 15);
  EXPECT_THAT(Matrix(features.leftCols(6)), HasBitsOf(rows));
  const Matrix means = EncodeRows(stack[0].hidden, rows, pool);
  EXPECT_THAT(Matrix(features.middleCols(6, 5)), HasBitsOf(means));
  EXPECT_THAT(Matrix(features.rightCols(4)), HasBitsOf(EncodeRows(stack[1].hidden, means, pool)));
  EXPECT_THAT(RawAndCodes(RbmStack{}, rows, pool), HasBitsOf(rows));
}

}  // namespace
}  // namespace cae
