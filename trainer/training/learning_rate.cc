#include "trainer/training/learning_rate.h"

#include <cmath>
#include <numbers>

namespace cae {

double LearningRateAt(const LearningRateSchedule& schedule, double learning_rate, Index step,
                      Index steps_per_epoch, int epochs) {
  const auto warmup = static_cast<Index>(
      std::llround(schedule.warmup_epochs * static_cast<double>(steps_per_epoch)));
  if (step < warmup) {
    // The first step is no step of nothing.
    return learning_rate * static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  step -= warmup;
  const double done =
      static_cast<double>(step) / static_cast<double>(epochs * steps_per_epoch - warmup);
  switch (schedule.shape) {
    case RateShape::kCosine:
      return learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * done));
    case RateShape::kLinear:
      return learning_rate * (1 - done);
    case RateShape::kStep: {
      const Index falls = step / (schedule.decay_epochs * steps_per_epoch);
      return learning_rate * std::pow(schedule.decay_factor, static_cast<double>(falls));
    }
    case RateShape::kConstant:
      break;
  }
  return learning_rate;
}

}  // namespace cae
