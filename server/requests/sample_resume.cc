#include "server/requests/sample_resume.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"

namespace cae {
namespace {

/// Draws that a chain has made after `step` steps.
std::int64_t DrawsAfter(const v1::SampleState& state) {
  return state.step() <= state.burn_in() ? 0 : (state.step() - state.burn_in()) / state.thinning();
}

absl::Status CheckStateTensor(const v1::Tensor& tensor) {
  constexpr absl::string_view kField = "resume_from.tensor";
  CAE_RETURN_IF_ERROR(CheckTensor(tensor, kField));
  if (ElementBytes(tensor.data_type()) != ElementBytes(v1::DATA_TYPE_FLOAT32)) {
    return BadParameter(absl::StrCat(kField, ".data_type"),
                        absl::StrCat(kField, " is ", v1::DataType_Name(tensor.data_type()),
                                     "; a state is FLOAT32, bit for bit"));
  }
  if (tensor.shape_size() > 2) {
    return BadParameter(absl::StrCat(kField, ".shape"),
                        absl::StrCat(kField, " has ", tensor.shape_size(),
                                     " dimensions; a state is [chains, units]"));
  }
  return absl::OkStatus();
}

template <typename Value>
void Compare(bool set, const char* field, const Value& requested, const Value& stored,
             std::map<std::string, std::string>& differing) {
  if (set && requested != stored) {
    differing[field] =
        absl::StrCat(field, " is ", requested, " in the request and ", stored, " in the state");
  }
}

/// What the request sets otherwise than the state, by field.
std::map<std::string, std::string> DifferingFields(const v1::SampleRequest& request) {
  const v1::SampleState& state = request.resume_from();
  std::map<std::string, std::string> differing;
  Compare<std::int64_t>(request.chains() != 0, "chains", request.chains(), StateChains(state),
                        differing);
  Compare(request.burn_in() != 0, "burn_in", request.burn_in(), state.burn_in(), differing);
  Compare(request.thinning() != 0, "thinning", request.thinning(), state.thinning(), differing);
  Compare(request.has_noise_stddev(), "noise_stddev", request.noise_stddev(), state.noise_stddev(),
          differing);
  Compare(request.has_rank(), "rank", request.rank(), state.rank(), differing);
  Compare(request.process() != v1::SAMPLE_PROCESS_UNSPECIFIED, "process",
          v1::SampleProcess_Name(request.process()), v1::SampleProcess_Name(state.process()),
          differing);
  Compare(request.has_seed(), "seed", request.seed(), state.seed(), differing);
  if (request.has_initial_inputs()) {
    differing["initial_inputs"] = "initial_inputs are set, and a resumed chain starts where it was";
  }
  Compare(request.first_chain() != 0, "first_chain", request.first_chain(), state.first_chain(),
          differing);
  return differing;
}

absl::Status Mismatch(absl::string_view field, absl::string_view message) {
  return WithErrorInfo(absl::FailedPreconditionError(message), kReasonResumeMismatch,
                       {{"field", std::string(field)}});
}

}  // namespace

absl::Status CheckStateItself(const v1::SampleState& state) {
  CAE_RETURN_IF_ERROR(CheckStateTensor(state.tensor()));
  CAE_RETURN_IF_ERROR(CheckAtLeast(state.burn_in(), 0, "resume_from.burn_in", "a state"));
  CAE_RETURN_IF_ERROR(CheckAtLeast(state.thinning(), 1, "resume_from.thinning", "a state"));
  CAE_RETURN_IF_ERROR(CheckAtLeast(state.first_chain(), 0, "resume_from.first_chain", "a state"));
  CAE_RETURN_IF_ERROR(CheckAtLeast(state.rank(), 0, "resume_from.rank", "a state"));
  CAE_RETURN_IF_ERROR(CheckAtLeast(state.step(), 0, "resume_from.step", "a state"));
  if (!std::isfinite(state.noise_stddev()) || state.noise_stddev() < 0) {
    return BadParameter("resume_from.noise_stddev",
                        absl::StrCat("resume_from.noise_stddev is ", state.noise_stddev(),
                                     "; it must be finite and at least 0"));
  }
  if (!FromMessage(state.process()).has_value()) {
    return BadParameter("resume_from.process",
                        "resume_from.process must be COMPOSED (1) or TOP_LAYER (2)");
  }
  if (state.draws_done() != DrawsAfter(state)) {
    return BadParameter(
        "resume_from.draws_done",
        absl::StrCat("resume_from.draws_done is ", state.draws_done(), "; after ", state.step(),
                     " steps with a burn-in of ", state.burn_in(), " and a thinning of ",
                     state.thinning(), " it is ", DrawsAfter(state)));
  }
  return absl::OkStatus();
}

std::int64_t StateChains(const v1::SampleState& state) {
  return state.tensor().shape_size() == 2 ? state.tensor().shape(0) : 1;
}

bool SameNumbers(const v1::SampleState& state, const Servable& servable) {
  return state.model().digest() == servable.identity.digest &&
         state.model().fingerprint() == servable.identity.fingerprint;
}

absl::Status CheckResume(const v1::SampleRequest& request, const Servable& servable) {
  if (!request.has_resume_from()) return absl::OkStatus();
  const v1::SampleState& state = request.resume_from();
  const ServableIdentity& identity = servable.identity;
  if (state.model().digest() != identity.digest) {
    return Mismatch("model.digest",
                    absl::StrCat("the state was made by a model of another digest than ",
                                 Describe(servable), ", whose digest is ", identity.digest,
                                 "; its chains would not go on as they began"));
  }
  if (state.model().fingerprint() != identity.fingerprint) {
    return Mismatch("model.fingerprint",
                    absl::StrCat("the state was made by ", Describe(servable),
                                 " on a server that rounds otherwise; here its fingerprint is ",
                                 identity.fingerprint));
  }
  const auto differing = DifferingFields(request);
  if (differing.empty()) return absl::OkStatus();
  std::vector<std::string> fields;
  std::vector<std::string> texts;
  for (const auto& [field, text] : differing) {
    fields.push_back(field);
    texts.push_back(text);
  }
  return Mismatch(absl::StrJoin(fields, ","),
                  absl::StrCat(absl::StrJoin(texts, "; "), ": leave out what resume_from tells"));
}

}  // namespace cae
