#include "trainer/training/learning_rate.h"

#include <gtest/gtest.h>

namespace cae {
namespace {

constexpr Index kSteps = 10;  // an epoch
constexpr int kEpochs = 10;

double At(const LearningRateSchedule& schedule, Index step) {
  return LearningRateAt(schedule, 0.1, step, kSteps, kEpochs);
}

TEST(LearningRateAtTest, CosineFallsFromFullToNearlyNothing) {
  const LearningRateSchedule cosine = {RateShape::kCosine};
  EXPECT_DOUBLE_EQ(At(cosine, 0), 0.1);
  EXPECT_NEAR(At(cosine, 50), 0.05, 1e-12);
  EXPECT_LT(At(cosine, 99), 1e-4);
}

TEST(LearningRateAtTest, ConstantStaysAndLinearFallsEvenly) {
  EXPECT_DOUBLE_EQ(At({RateShape::kConstant}, 99), 0.1);
  EXPECT_DOUBLE_EQ(At({RateShape::kLinear}, 0), 0.1);
  EXPECT_NEAR(At({RateShape::kLinear}, 25), 0.075, 1e-12);
  EXPECT_NEAR(At({RateShape::kLinear}, 99), 0.001, 1e-12);
}

TEST(LearningRateAtTest, StepFallsAtWholeMultiplesOfItsEpochs) {
  const LearningRateSchedule step = {RateShape::kStep, 0, 3, 0.5};
  EXPECT_DOUBLE_EQ(At(step, 29), 0.1);
  EXPECT_DOUBLE_EQ(At(step, 30), 0.05);
  EXPECT_DOUBLE_EQ(At(step, 99), 0.0125);
}

TEST(LearningRateAtTest, WarmupRisesToTheFullRateAndTheRestHasItsShape) {
  const LearningRateSchedule schedule = {RateShape::kLinear, 2};
  EXPECT_DOUBLE_EQ(At(schedule, 0), 0.005);
  EXPECT_DOUBLE_EQ(At(schedule, 19), 0.1);
  EXPECT_DOUBLE_EQ(At(schedule, 20), 0.1);
  EXPECT_NEAR(At(schedule, 60), 0.05, 1e-12);
  // A stage that is all warm-up.
  EXPECT_DOUBLE_EQ(LearningRateAt({RateShape::kCosine, 1}, 0.1, kSteps - 1, kSteps, 1), 0.1);
}

}  // namespace
}  // namespace cae
