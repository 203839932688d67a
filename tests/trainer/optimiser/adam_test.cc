#include "trainer/optimiser/adam.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cae {
namespace {

// The published algorithm for one parameter, in double.
struct ScalarAdam {
  double beta1, beta2, epsilon;
  double m = 0, v = 0;
  int t = 0;

  double Step(double theta, double g, double rate, double weight_decay) {
    ++t;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const double m_hat = m / (1 - std::pow(beta1, t)), v_hat = v / (1 - std::pow(beta2, t));
    return theta - rate * m_hat / (std::sqrt(v_hat) + epsilon) - rate * weight_decay * theta;
  }
};

TEST(AdamTest, FollowsThePublishedAlgorithmElementByElement) {
  const AdamOptions options{0.8, 0.95, 1e-3};
  constexpr double kDecay = 0.1, kPull = 0.25;
  for (const int size : {1, 5, 16, 37}) {
    Adam adam(options);
    const int tensor = adam.AddTensor(size, kDecay);
    std::vector<ScalarAdam> scalars(size,
                                    ScalarAdam{options.beta1, options.beta2, options.epsilon});
    std::vector<float> parameters(size), gradient(size);
    std::vector<double> expected(size);
    for (int i = 0; i < size; ++i)
      expected[i] = parameters[i] = 0.1f * static_cast<float>(i % 7 - 3);
    for (int step = 1; step <= 5; ++step) {
      const double rate = 0.01 * step;
      for (int i = 0; i < size; ++i) gradient[i] = std::sin(static_cast<float>(3 * i + step));
      adam.BeginStep(rate);
      double squares = 0;
      for (int i = 0; i < size; ++i) {
        squares += std::pow(gradient[i] + kPull * parameters[i], 2);
      }
      EXPECT_NEAR(adam.Update(tensor, 0, kPull, gradient, absl::MakeSpan(parameters)), squares,
                  1e-5 * squares);
      for (int i = 0; i < size; ++i) {
        expected[i] = scalars[i].Step(expected[i], gradient[i] + kPull * expected[i], rate, kDecay);
        EXPECT_NEAR(parameters[i], expected[i], 2e-6) << "element " << i << ", step " << step;
      }
    }
  }
}

TEST(AdamTest, BlocksOfATensorKeepMomentsOfTheirOwn) {
  Adam whole({}), parts({});
  whole.AddTensor(48, 0);
  parts.AddTensor(48, 0);
  std::vector<float> a(48, 1.0f), b(48, 1.0f), gradient(48);
  for (int step = 0; step < 3; ++step) {
    for (int i = 0; i < 48; ++i) gradient[i] = static_cast<float>((i * 5 + step) % 11 - 5);
    whole.BeginStep(0.1);
    parts.BeginStep(0.1);
    EXPECT_GT(whole.Update(0, 0, 0, gradient, absl::MakeSpan(a)), 0);
    for (const int first : {32, 0, 16}) {
      EXPECT_GT(parts.Update(0, first, 0, absl::MakeConstSpan(gradient).subspan(first, 16),
                             absl::MakeSpan(b).subspan(first, 16)),
                0);
    }
  }
  EXPECT_EQ(a, b);
}

TEST(AdamTest, ReportsAGradientThatIsNotFinite) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {inf, -inf, nan}) {
    for (const int at : {0, 17, 18}) {  // in a vector, and in the rest behind it
      Adam adam({});
      adam.AddTensor(19, 0);
      std::vector<float> gradient(19, 1.0f), parameters(19, 0.0f);
      gradient[at] = bad;
      adam.BeginStep(0.1);
      EXPECT_FALSE(std::isfinite(adam.Update(0, 0, 0, gradient, absl::MakeSpan(parameters))))
          << bad << at;
    }
  }
}

}  // namespace
}  // namespace cae
