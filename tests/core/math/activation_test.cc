#include "core/math/activation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace cae {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr Activation kAll[] = {Activation::kLogistic, Activation::kTanh, Activation::kRelu,
                               Activation::kIdentity};

TEST(ActivationTest, HasTheValuesOfTheFormulas) {
  for (const double a : {-30.0, -2.5, -0.1, 0.0, 0.1, 2.5, 30.0}) {
    EXPECT_NEAR(Activate(Activation::kLogistic, a), 1 / (1 + std::exp(-a)), 1e-15);
    EXPECT_DOUBLE_EQ(Activate(Activation::kTanh, a), std::tanh(a));
    EXPECT_EQ(Activate(Activation::kRelu, a), a > 0 ? a : 0);
    EXPECT_EQ(Activate(Activation::kIdentity, a), a);
  }
}

TEST(ActivationTest, LogisticKeepsItsRelativeErrorFarBelowZero) {
  for (const double a : {-700.0, -100.0, -40.0}) {
    EXPECT_NEAR(Activate(Activation::kLogistic, a) / std::exp(a), 1, 1e-15) << a;
  }
}

TEST(ActivationTest, LogisticDoesNotOverflow) {
  constexpr float kHuge = std::numeric_limits<float>::max();
  EXPECT_EQ(Activate(Activation::kLogistic, kHuge), 1.0f);
  EXPECT_EQ(Activate(Activation::kLogistic, -kHuge), 0.0f);
}

TEST(ActivationTest, NotANumberStaysSoWhereTheFormulaSaysSo) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const Activation s : {Activation::kLogistic, Activation::kTanh, Activation::kIdentity}) {
    EXPECT_TRUE(std::isnan(Activate(s, kNan))) << ActivationName(s);
  }
}

// Steps of 1e-5 leave truncation and rounding errors of about 1e-10; the points stay clear of the
// ReLU's kink.
TEST(ActivationTest, DerivativeIsTheCentralDifference) {
  constexpr double kStep = 1e-5;
  for (const Activation s : kAll) {
    for (const double a : {-4.0, -1.0, -0.01, 0.02, 0.7, 3.0}) {
      const double difference = (Activate(s, a + kStep) - Activate(s, a - kStep)) / (2 * kStep);
      EXPECT_NEAR(ActivationDerivative(s, Activate(s, a)), difference, 1e-9)
          << ActivationName(s) << " at " << a;
      EXPECT_NEAR(ActivationDerivativeAt(s, a), difference, 1e-9)
          << ActivationName(s) << " at " << a;
    }
  }
}

TEST(ActivationTest, DerivativeFromThePreActivationKeepsItsDigitsInSaturation) {
  for (const float a : {20.0f, 60.0f, -20.0f, -60.0f}) {
    const double expected = std::exp(-std::abs(double{a}));
    EXPECT_NEAR(ActivationDerivativeAt(Activation::kLogistic, a) / expected, 1, 1e-6) << a;
    EXPECT_NEAR(ActivationDerivativeAt(Activation::kTanh, a / 2) / (4 * expected), 1, 1e-6) << a;
  }
  EXPECT_EQ(ActivationDerivativeAt(Activation::kTanh, std::numeric_limits<float>::max()), 0);
  EXPECT_EQ(ActivationDerivativeAt(Activation::kRelu, 0.0), 0);
}

TEST(ActivationTest, CurvatureIsTheRelativeChangeOfTheDerivative) {
  constexpr double kStep = 1e-5;
  for (const Activation s : kAll) {
    for (const double a : {-4.0, -1.0, -0.01, 0.02, 0.7, 3.0}) {
      const auto derivative = [s](double at) { return ActivationDerivative(s, Activate(s, at)); };
      const double second = (derivative(a + kStep) - derivative(a - kStep)) / (2 * kStep);
      // s'' = curvature · s', which also holds where a ReLU has s' = 0.
      EXPECT_NEAR(ActivationCurvature(s, Activate(s, a)) * derivative(a), second, 1e-9)
          << ActivationName(s) << " at " << a;
    }
  }
}

TEST(ActivationTest, SaturatedUnitsHaveDerivativeZero) {
  EXPECT_EQ(ActivationDerivative(Activation::kLogistic, Activate(Activation::kLogistic, 50.0)), 0);
  EXPECT_EQ(ActivationDerivative(Activation::kTanh, Activate(Activation::kTanh, -50.0)), 0);
  EXPECT_EQ(ActivationDerivative(Activation::kRelu, Activate(Activation::kRelu, -1.0)), 0);
  EXPECT_EQ(ActivationDerivative(Activation::kRelu, 0.0), 0);
}

TEST(ActivationTest, NamesAreTheWordsOfModelFilesAndParseBack) {
  EXPECT_EQ(ActivationName(Activation::kLogistic), "logistic");
  EXPECT_EQ(ActivationName(Activation::kTanh), "tanh");
  EXPECT_EQ(ActivationName(Activation::kRelu), "relu");
  EXPECT_EQ(ActivationName(Activation::kIdentity), "identity");
  for (const Activation s : kAll) {
    EXPECT_THAT(ParseActivation(ActivationName(s)), Optional(s));
  }
}

TEST(ActivationTest, OtherWordsAreNoActivation) {
  for (const char* word : {"", "Logistic", "sigmoid", "logistic ", "unknown"}) {
    EXPECT_THAT(ParseActivation(word), Eq(std::nullopt)) << word;
  }
}

}  // namespace
}  // namespace cae
