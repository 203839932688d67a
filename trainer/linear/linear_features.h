// What a linear classifier is given: raw rows, and what models make of them.
#ifndef CAE_TRAINER_LINEAR_LINEAR_FEATURES_H_
#define CAE_TRAINER_LINEAR_LINEAR_FEATURES_H_

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/autoencoder.h"
#include "trainer/baselines/rbm.h"

namespace cae {

/// Each row with the codes of all layers behind it, [n, inputs + units of every layer].
Matrix RawAndCodes(const Autoencoder& model, ConstMatrixView rows, ThreadPool& pool);

/// The same with the means of the hidden units of each machine, given the means below.
Matrix RawAndCodes(const RbmStack& stack, ConstMatrixView rows, ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_LINEAR_LINEAR_FEATURES_H_
