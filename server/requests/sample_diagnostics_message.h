// The diagnostics of chains as clients read them.
#ifndef CAE_SERVER_REQUESTS_SAMPLE_DIAGNOSTICS_MESSAGE_H_
#define CAE_SERVER_REQUESTS_SAMPLE_DIAGNOSTICS_MESSAGE_H_

#include <cstdint>

#include "cae/v1/cae_service.pb.h"
#include "core/diagnostics/chain_diagnostics.h"
#include "core/math/matrix.h"

namespace cae {

/// All of v1.SampleDiagnostics. `first_draw` is the number of the first draw observed, `thinning`
/// the steps between draws. Pure.
v1::SampleDiagnostics ToMessage(const ChainDiagnostics& diagnostics, std::int64_t first_draw,
                                std::int64_t thinning);

/// Most bytes that the transition counts of a model with so many classes take in a message.
std::int64_t TransitionBytes(Index classes);

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_SAMPLE_DIAGNOSTICS_MESSAGE_H_
