// ChainParameters: what, with the model and the start, determines every state of a set of chains.
#ifndef CAE_CORE_SAMPLING_CHAIN_PARAMETERS_H_
#define CAE_CORE_SAMPLING_CHAIN_PARAMETERS_H_

#include <cstdint>

#include "core/math/matrix.h"
#include "core/model/model_card.h"

namespace cae {

/// Plain data; the caller has checked the ranges.
struct ChainParameters {
  std::uint64_t seed = 0;
  double noise_stddev = 1;  ///< σ ≥ 0
  Index rank = 0;           ///< 0 = the whole Jacobian; k = its k leading singular directions only
  SampleProcess process = SampleProcess::kComposed;
};

}  // namespace cae

#endif  // CAE_CORE_SAMPLING_CHAIN_PARAMETERS_H_
