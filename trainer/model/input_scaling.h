// InputScaling: inputs of mean 0 and standard deviation 1, feature by feature.
#ifndef CAE_TRAINER_MODEL_INPUT_SCALING_H_
#define CAE_TRAINER_MODEL_INPUT_SCALING_H_

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"

namespace cae {

/// x̃ = (x − offset) ⊙ scale, as a model file holds it (ModelParameters). Both empty: x̃ = x.
struct InputScaling {
  Vector offset;  ///< means of the features
  Vector scale;   ///< 1 / max(standard deviation, the minimum)

  bool any() const { return offset.size() > 0; }
};

/// Of rows, at least one; `minimum_stddev` > 0 keeps features that hardly move from becoming noise.
InputScaling MeasureScaling(ConstMatrixView rows, double minimum_stddev);

/// The rows, scaled: a copy.
Matrix Scaled(const InputScaling& scaling, ConstMatrixView rows, ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_INPUT_SCALING_H_
