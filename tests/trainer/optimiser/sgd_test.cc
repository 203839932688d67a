#include "trainer/optimiser/sgd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cae {
namespace {

TEST(SgdTest, FollowsTheFormulasElementByElement) {
  constexpr double kDecay = 0.1, kPull = 0.25, kMomentum = 0.8;
  for (const bool nesterov : {false, true}) {
    for (const int size : {1, 16, 37}) {
      Sgd sgd({kMomentum, nesterov});
      const int tensor = sgd.AddTensor(size, kDecay);
      std::vector<float> parameters(size), gradient(size);
      std::vector<double> expected(size), velocity(size);
      for (int i = 0; i < size; ++i) expected[i] = parameters[i] = 0.1f * static_cast<float>(i % 7);
      for (int step = 1; step <= 5; ++step) {
        const double rate = 0.01 * step;
        double squares = 0;
        for (int i = 0; i < size; ++i) {
          gradient[i] = std::sin(static_cast<float>(3 * i + step));
          const double g = gradient[i] + kPull * expected[i];
          squares += g * g;
          velocity[i] = kMomentum * velocity[i] + g;
          const double change = nesterov ? g + kMomentum * velocity[i] : velocity[i];
          expected[i] -= rate * change + rate * kDecay * expected[i];
        }
        sgd.BeginStep(rate);
        EXPECT_NEAR(sgd.Update(tensor, 0, kPull, gradient, absl::MakeSpan(parameters)), squares,
                    1e-5 * squares);
        for (int i = 0; i < size; ++i) EXPECT_NEAR(parameters[i], expected[i], 1e-6);
      }
    }
  }
}

TEST(SgdTest, BlocksGiveTheBitsOfTheWhole) {
  Sgd whole({}), parts({});
  whole.AddTensor(48, 0);
  parts.AddTensor(48, 0);
  std::vector<float> a(48, 1.0f), b(48, 1.0f), gradient(48);
  for (int step = 0; step < 3; ++step) {
    for (int i = 0; i < 48; ++i) gradient[i] = 0.3f * static_cast<float>((i * 5 + step) % 11 - 5);
    whole.BeginStep(0.1);
    parts.BeginStep(0.1);
    EXPECT_GT(whole.Update(0, 0, 0.1f, gradient, absl::MakeSpan(a)), 0);
    for (const auto& [first, count] : {std::pair(29, 19), std::pair(0, 29)}) {
      EXPECT_GT(parts.Update(0, first, 0.1f, absl::MakeConstSpan(gradient).subspan(first, count),
                             absl::MakeSpan(b).subspan(first, count)),
                0);
    }
  }
  EXPECT_EQ(a, b);
}

TEST(SgdTest, ReportsAGradientThatIsNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (const int at : {0, 16, 18}) {
      Sgd sgd({});
      sgd.AddTensor(19, 0);
      std::vector<float> gradient(19, 1.0f), parameters(19, 0.0f);
      gradient[at] = bad;
      sgd.BeginStep(0.1);
      EXPECT_FALSE(std::isfinite(sgd.Update(0, 0, 0, gradient, absl::MakeSpan(parameters))));
    }
  }
}

}  // namespace
}  // namespace cae
