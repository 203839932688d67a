// LearningRateSchedule: how the learning rate goes over the steps of a stage.
#ifndef CAE_TRAINER_TRAINING_LEARNING_RATE_H_
#define CAE_TRAINER_TRAINING_LEARNING_RATE_H_

#include "core/math/matrix.h"

namespace cae {

/// What the rate η is multiplied by at step t = 0 ... T − 1 after the warm-up. The warm-up goes
/// before it, straight up to η.
enum class RateShape {
  kConstant,  ///< 1
  kCosine,    ///< ½ (1 + cos(π t / T))
  kLinear,    ///< 1 − t / T
  kStep,      ///< decay_factor to the power of the number of whole decay_epochs passed
};

struct LearningRateSchedule {
  RateShape shape = RateShape::kCosine;
  double warmup_epochs = 0;  ///< ≥ 0; a stage may be shorter
  int decay_epochs = 1;      ///< kStep alone; ≥ 1
  double decay_factor = 1;   ///< kStep alone
};

/// The rate at step `step` of epochs · steps_per_epoch steps, from 0.
double LearningRateAt(const LearningRateSchedule& schedule, double learning_rate, Index step,
                      Index steps_per_epoch, int epochs);

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_LEARNING_RATE_H_
