// Folding of standardised inputs into the first layers of a model.
#ifndef CAE_CORE_MODEL_STANDARDISATION_H_
#define CAE_CORE_MODEL_STANDARDISATION_H_

#include "core/model/model_parameters.h"

namespace cae {

/// Rewrites the layers that touch the input so that they take x itself instead of x̃ = (x − offset)
/// ⊙ scale, and clears `input_offset`. `input_scale` stays: it weighs the squared error. Computed
/// in double, rounded once. The parameters must be valid; without standardisation nothing changes.
void FoldStandardisation(ModelParameters& parameters);

}  // namespace cae

#endif  // CAE_CORE_MODEL_STANDARDISATION_H_
