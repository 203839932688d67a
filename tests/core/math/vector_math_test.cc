#include "core/math/vector_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace cae {
namespace {

// Around zero, in the saturated tails and beyond, at lengths that fill vectors of 4, 8 and 16 lanes
// and at lengths that do not.
std::vector<float> PreActivations(int size) {
  std::vector<float> values(size);
  for (int i = 0; i < size; ++i) values[i] = 0.37f * static_cast<float>(i * 7919 % 601 - 300);
  if (size > 3) values[3] = 0;
  return values;
}

class AddBiasAndActivateTest
    : public ::testing::TestWithParam<std::tuple<Activation, /*size*/ int>> {};

TEST_P(AddBiasAndActivateTest, AgreesWithDouble) {
  const auto [activation, size] = GetParam();
  const std::vector<float> before = PreActivations(size);
  std::vector<float> bias(size), values = before;
  for (int i = 0; i < size; ++i) bias[i] = 0.25f * static_cast<float>(i % 5 - 2);
  AddBiasAndActivate(activation, bias, absl::MakeSpan(values));
  for (int i = 0; i < size; ++i) {
    // The sum is rounded to float first, as the definition has it.
    const double expected = Activate(activation, static_cast<double>(before[i] + bias[i]));
    EXPECT_NEAR(values[i], expected, 1e-6 * std::abs(expected) + 1e-37) << "element " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(, AddBiasAndActivateTest,
                         ::testing::Combine(::testing::Values(Activation::kLogistic,
                                                              Activation::kTanh, Activation::kRelu,
                                                              Activation::kIdentity),
                                            ::testing::Values(0, 1, 3, 4, 15, 16, 17, 601)));

TEST(LogisticLossTest, LossAndDerivativeAgreeWithDouble) {
  for (const int size : {0, 1, 7, 16, 33, 601}) {
    const std::vector<float> before = PreActivations(size);
    std::vector<float> bias(size, 0.5f), targets(size), values = before;
    for (int i = 0; i < size; ++i) targets[i] = static_cast<float>(i % 4) / 3;
    const double loss = LogisticLoss(bias, targets, absl::MakeSpan(values));
    double expected_loss = 0;
    for (int i = 0; i < size; ++i) {
      const double a = before[i] + bias[i];
      expected_loss += std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a))) - targets[i] * a;
      const double derivative = Activate(Activation::kLogistic, a) - targets[i];
      EXPECT_NEAR(values[i], derivative, 1e-6) << "element " << i << " of " << size;
    }
    EXPECT_NEAR(loss, expected_loss, 1e-6 * expected_loss + 1e-37) << size << " elements";
  }
}

TEST(LogisticLossTest, KeepsTheSmallLossOfASaturatedOutput) {
  std::vector<float> values = {-30.0f, 30.0f};
  const std::vector<float> bias = {0, 0}, targets = {0, 1};
  const double expected = std::log1p(std::exp(-30.0));
  EXPECT_NEAR(LogisticLoss(bias, targets, absl::MakeSpan(values)), expected,
              3e-6 * expected + 2e-6);
  EXPECT_NEAR(values[0], std::exp(-30.0), 1e-19);
}

TEST(VectorMathTest, NotANumberIsNotHidden) {
  for (const int size : {3, 64}) {
    std::vector<float> values(size, 1.0f), bias(size, 0), targets(size, 0.5f);
    values[size - 1] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(LogisticLoss(bias, targets, absl::MakeSpan(values))));
    EXPECT_TRUE(std::isnan(values[size - 1]));
    EXPECT_FALSE(std::isnan(values[0]));
    for (const Activation activation :
         {Activation::kLogistic, Activation::kTanh, Activation::kRelu, Activation::kIdentity}) {
      AddBiasAndActivate(activation, bias, absl::MakeSpan(values));
      EXPECT_TRUE(std::isnan(values[size - 1])) << ActivationName(activation);
    }
  }
}

TEST(SquaredNormTest, AgreesWithDouble) {
  for (const int size : {0, 1, 5, 31, 32, 784, 1000}) {
    const std::vector<float> values = PreActivations(size);
    double expected = 0;
    for (const float value : values) expected += double{value} * value;
    EXPECT_NEAR(SquaredNorm(values), expected, 1e-6 * expected) << size << " elements";
  }
}

// Where an element stands must not change its bits: pieces of work are cut anywhere.
TEST(VectorMathTest, BitsDoNotDependOnThePosition) {
  const std::vector<float> all = PreActivations(100);
  const std::vector<float> bias(100, 0.125f), targets(100, 0.75f);
  std::vector<float> whole = all;
  AddBiasAndActivate(Activation::kLogistic, bias, absl::MakeSpan(whole));
  std::vector<float> residuals = all;
  LogisticLoss(bias, targets, absl::MakeSpan(residuals));
  for (std::size_t first = 0; first < 40; ++first) {
    std::vector<float> part(all.begin() + first, all.begin() + first + 37);
    std::vector<float> part_residuals = part;
    AddBiasAndActivate(Activation::kLogistic, {bias.data(), 37}, absl::MakeSpan(part));
    LogisticLoss({bias.data(), 37}, {targets.data(), 37}, absl::MakeSpan(part_residuals));
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + first)) << first;
    EXPECT_TRUE(std::equal(part_residuals.begin(), part_residuals.end(), residuals.begin() + first))
        << first;
  }
}

TEST(ActivateWithDerivativeTest, AgreesWithDoubleAlsoWhereSaturated) {
  for (const Activation activation :
       {Activation::kLogistic, Activation::kTanh, Activation::kRelu, Activation::kIdentity}) {
    for (const int size : {0, 1, 5, 16, 37, 601}) {
      const std::vector<float> before = PreActivations(size);
      std::vector<float> values = before, derivatives(size);
      ActivateWithDerivative(activation, absl::MakeSpan(values), absl::MakeSpan(derivatives));
      for (int i = 0; i < size; ++i) {
        const double a = before[i], value = Activate(activation, a);
        const double derivative = ActivationDerivativeAt(activation, a);
        EXPECT_NEAR(values[i], value, 1e-6 * std::abs(value) + 1e-36) << a;
        EXPECT_NEAR(derivatives[i], derivative, 1e-6 * derivative + 1e-36) << a;
      }
    }
  }
}

TEST(VectorMathTest, MultipliesAndAddsElementByElement) {
  for (const int size : {0, 1, 7, 16, 33}) {
    const std::vector<float> x = PreActivations(size);
    std::vector<float> y(size, 2.0f), product = x;
    Multiply(x, product, absl::MakeSpan(product));
    AddScaled(0.5f, x, absl::MakeSpan(y));
    for (int i = 0; i < size; ++i) {
      EXPECT_EQ(product[i], x[i] * x[i]);
      EXPECT_EQ(y[i], std::fma(0.5f, x[i], 2.0f));
    }
  }
}

TEST(VectorMathTest, AllFiniteSeesEveryElement) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(37, std::numeric_limits<float>::max());
    EXPECT_TRUE(AllFinite(values));
    for (float& value : values) {
      const float before = value;
      value = -bad;
      EXPECT_FALSE(AllFinite(values));
      value = before;
    }
  }
}

}  // namespace
}  // namespace cae
