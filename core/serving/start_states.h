// Where chains start.
#ifndef CAE_CORE_SERVING_START_STATES_H_
#define CAE_CORE_SERVING_START_STATES_H_

#include <cstdint>

#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/serving/servable.h"

namespace cae {

/// The states that chains begin with, [rows, state units], from inputs [rows, input units].
/// Thread-safe.
Matrix InitialStates(const Servable& servable, SampleProcess process, ConstMatrixView inputs,
                     Workspace& workspace);

/// `count` start examples of the model, picked by the seed and the chain number alone: [count,
/// input units]. Thread-safe.
Matrix PickStartExamples(const Servable& servable, std::uint64_t seed, std::int64_t first_chain,
                         std::int64_t count);

}  // namespace cae

#endif  // CAE_CORE_SERVING_START_STATES_H_
