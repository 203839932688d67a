// The checks of a SampleState that a client brings back.
#ifndef CAE_SERVER_REQUESTS_SAMPLE_RESUME_H_
#define CAE_SERVER_REQUESTS_SAMPLE_RESUME_H_

#include <cstdint>

#include "absl/status/status.h"
#include "cae/v1/cae_service.pb.h"
#include "core/serving/servable.h"

namespace cae {

/// Row 3 of the error table: OK if the state does not contradict itself. INVALID_ARGUMENT with a
/// BadRequest that names the field. Pure and thread-safe, as all here.
absl::Status CheckStateItself(const v1::SampleState& state);

/// Rows of the state's tensor, which CheckStateItself has accepted.
std::int64_t StateChains(const v1::SampleState& state);

/// Whether the state was made by the very numbers that `servable` computes with.
bool SameNumbers(const v1::SampleState& state, const Servable& servable);

/// Row 7: OK if chains may go on from `resume_from` with these numbers and nothing that the request
/// sets differs from it. FAILED_PRECONDITION with ErrorInfo RESUME_MISMATCH (metadata: field); the
/// message lists all that differ.
absl::Status CheckResume(const v1::SampleRequest& request, const Servable& servable);

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_SAMPLE_RESUME_H_
