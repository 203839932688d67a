// FlushDenormals: keeps Adam fast once gradients die away.
#ifndef CAE_TRAINER_TRAINING_DENORMALS_H_
#define CAE_TRAINER_TRAINING_DENORMALS_H_

namespace cae {

/// From here on the calling thread takes numbers below 2^−126 for 0, as operands and as results.
/// The moments of pixels that never light up sink there, and a denormal operand costs a hundred
/// cycles. Every thread of a run must do the same, or results would depend on who computed what. On
/// processors other than x86 it does nothing.
void FlushDenormals();

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_DENORMALS_H_
