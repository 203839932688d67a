#include "server/requests/sample_planner.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/serving/start_states.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "server/requests/limit_check.h"
#include "server/requests/model_messages.h"
#include "server/requests/parameter_check.h"
#include "server/requests/sample_diagnostics_message.h"
#include "server/requests/sample_resume.h"

namespace cae {
namespace {

/// Chains and steps are numbered below this in the noise counter; the last step is taken already,
/// by the choice of start examples.
constexpr std::int64_t kCounterEnd = (std::int64_t{1} << 48) - 1;

std::uint64_t RandomSeed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

/// Steps of chains that have made `draws` draws; nullopt where the noise counter does not reach.
std::optional<std::int64_t> StepsFor(std::int64_t burn_in, std::int64_t thinning,
                                     std::int64_t draws) {
  std::int64_t steps = 0;
  if (__builtin_mul_overflow(thinning, draws, &steps) ||
      __builtin_add_overflow(steps, burn_in, &steps) || steps > kCounterEnd) {
    return std::nullopt;
  }
  return steps;
}

const v1::Tensor& StartTensor(const v1::SampleRequest& request) {
  return request.has_resume_from() ? request.resume_from().tensor() : request.initial_inputs();
}

}  // namespace

SamplePlanner::SamplePlanner(const v1::SampleRequest& request)
    : request_(request),
      start_(StartTensor(request),
             request.has_resume_from() ? "resume_from.tensor" : "initial_inputs") {}

absl::Status SamplePlanner::CheckItself() const {
  if (request_.has_initial_inputs()) {
    CAE_RETURN_IF_ERROR(CheckTensor(request_.initial_inputs(), "initial_inputs"));
  }
  return resumes() ? CheckStateItself(request_.resume_from()) : absl::OkStatus();
}

absl::Status SamplePlanner::CheckCounts() const {
  const std::string model = Describe(servable());
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.chains(), 0, "chains", model));
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.draws(), 0, "draws", model));
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.burn_in(), 0, "burn_in", model));
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.thinning(), 0, "thinning", model));
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.rank(), 0, "rank", model));
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.first_chain(), 0, "first_chain", model));
  CAE_RETURN_IF_ERROR(CheckAtLeast(request_.draws_per_message(), 0, "draws_per_message", model));
  return CheckAtLeast(request_.state_interval(), -1, "state_interval", model);
}

absl::Status SamplePlanner::CheckChoices() const {
  const double noise = request_.noise_stddev();
  if (!std::isfinite(noise) || noise < 0) {
    return BadParameter("noise_stddev",
                        absl::StrCat("noise_stddev is ", noise, "; ", Describe(servable()),
                                     " takes finite numbers of at least 0"));
  }
  if (request_.process() != v1::SAMPLE_PROCESS_UNSPECIFIED &&
      !FromMessage(request_.process()).has_value()) {
    return BadParameter(
        "process", absl::StrCat("process is ", static_cast<int>(request_.process()), "; ",
                                Describe(servable()), " takes COMPOSED (1) and TOP_LAYER (2)"));
  }
  if (!v1::DiagnosticsLevel_IsValid(request_.diagnostics())) {
    return BadParameter(
        "diagnostics",
        absl::StrCat("diagnostics is ", static_cast<int>(request_.diagnostics()), "; ",
                     Describe(servable()), " takes NONE (1), BASIC (2) and CLASSES (3)"));
  }
  const Activation& decoder =
      servable().autoencoder->parameters().layers.front().decoder_activation;
  CAE_RETURN_IF_ERROR(
      CheckOutputType(request_.output_data_type(), &decoder, "samples", servable()));
  if (!request_.include_codes()) return absl::OkStatus();
  return CheckOutputType(request_.output_data_type(), nullptr, "perturbed codes", servable());
}

void SamplePlanner::ChooseFromState() {
  const v1::SampleState& state = request_.resume_from();
  ChainStreamSpec& spec = plan_.spec;
  spec.parameters = {state.seed(), state.noise_stddev(), state.rank(),
                     *FromMessage(state.process())};
  spec.first_chain = state.first_chain();
  spec.burn_in = state.burn_in();
  spec.thinning = state.thinning();
  spec.steps_done = state.step();
  spec.draws_done = state.draws_done();
  plan_.chains = StateChains(state);
}

void SamplePlanner::ChooseFromRequest() {
  const ModelCard& card = servable().autoencoder->card();
  ChainStreamSpec& spec = plan_.spec;
  spec.parameters.seed = request_.has_seed() ? request_.seed() : RandomSeed();
  spec.parameters.noise_stddev =
      request_.has_noise_stddev() ? request_.noise_stddev() : card.default_noise_stddev;
  spec.parameters.rank = request_.has_rank() ? request_.rank() : card.default_rank;
  spec.parameters.process = FromMessage(request_.process()).value_or(card.default_process);
  spec.first_chain = request_.first_chain();
  spec.burn_in = request_.burn_in();
  spec.thinning = std::max<std::int64_t>(1, request_.thinning());
  plan_.chains = std::max(1, request_.chains());
}

absl::Status SamplePlanner::CheckStartShape() {
  // The shape of a state of another model says nothing; row 7 refuses it with the true reason.
  if (resumes() && !SameNumbers(request_.resume_from(), servable())) return absl::OkStatus();
  const Index units = resumes() ? plan_.StateUnits() : servable().autoencoder->input_units();
  CAE_RETURN_IF_ERROR(start_.CheckColumns(units, servable()));
  if (start_.rows() == plan_.chains || (start_.rows() == 1 && !resumes())) return absl::OkStatus();
  return BadParameter(
      "initial_inputs.shape",
      absl::StrCat("initial_inputs has ", start_.rows(), " rows; ", plan_.chains, " chains of ",
                   Describe(servable()), " take one for each, or one for all"));
}

absl::Status SamplePlanner::CheckAgainst(ServableHandle servable) {
  plan_.spec.servable = std::move(servable);
  CAE_RETURN_IF_ERROR(CheckCounts());
  CAE_RETURN_IF_ERROR(CheckChoices());
  if (resumes()) {
    ChooseFromState();
  } else {
    ChooseFromRequest();
  }
  if (brings_start()) CAE_RETURN_IF_ERROR(CheckStartShape());
  plan_.draws = request_.draws();
  plan_.format = AnswerFormat(request_.initial_inputs(), request_.output_data_type());
  plan_.include_codes = request_.include_codes();
  plan_.draws_per_message = request_.draws_per_message();
  plan_.state_interval = request_.state_interval();
  plan_.diagnostics = request_.diagnostics() == v1::DIAGNOSTICS_LEVEL_UNSPECIFIED
                          ? v1::DIAGNOSTICS_LEVEL_BASIC
                          : request_.diagnostics();
  CAE_RETURN_IF_ERROR(CheckChainLimit());
  CAE_RETURN_IF_ERROR(CheckRankLimit(plan_.spec.parameters.rank,
                                     plan_.spec.servable->autoencoder->code_units(),
                                     plan_.StateUnits(), *plan_.spec.servable));
  CAE_RETURN_IF_ERROR(CheckMessageLimit());
  CAE_RETURN_IF_ERROR(CheckTransitionLimit());
  return CheckCounterLimit();
}

absl::Status SamplePlanner::CheckChainLimit() const {
  const ServableLimits& limits = servable().limits;
  // By division: a state may claim any number of chains as long as it brings the bytes.
  const std::int64_t bytes_per_chain =
      std::max(plan_.DrawBytes(), plan_.StateBytes()) / plan_.chains;
  const std::int64_t fitting = std::max<std::int64_t>(
      0, (limits.max_message_bytes - kMessageOverheadBytes) / bytes_per_chain);
  const std::int64_t maximum = std::min(limits.max_chains, fitting);
  if (plan_.chains <= maximum) return absl::OkStatus();
  return LimitExceeded(
      fitting < limits.max_chains ? "max_message_bytes" : "max_chains",
      fitting < limits.max_chains ? limits.max_message_bytes : limits.max_chains,
      absl::StrCat(
          "the stream has ", plan_.chains, " chains; of ", Describe(servable()), " at most ",
          maximum, " fit into a stream",
          fitting < limits.max_chains ? ", whose draws and states are one message each" : "",
          ": shard the job by first_chain"));
}

absl::Status SamplePlanner::CheckMessageLimit() const {
  const std::int64_t draws =
      plan_.draws == 0 ? plan_.draws_per_message : std::min(plan_.draws_per_message, plan_.draws);
  const std::int64_t maximum = servable().limits.max_message_bytes;
  const std::int64_t fitting = (maximum - kMessageOverheadBytes) / plan_.DrawBytes();
  if (draws <= fitting) return absl::OkStatus();
  return LimitExceeded(
      "max_message_bytes", maximum,
      absl::StrCat("draws_per_message is ", plan_.draws_per_message, "; ", Describe(servable()),
                   " sends at most ", maximum, " bytes in a message: at most ", fitting,
                   " draws of ", plan_.chains, " chains fit"));
}

absl::Status SamplePlanner::CheckCounterLimit() {
  const ChainStreamSpec& spec = plan_.spec;
  if (spec.first_chain > kCounterEnd - plan_.chains) {
    return LimitExceeded(
        "first_chain", kCounterEnd - plan_.chains,
        absl::StrCat("first_chain is ", spec.first_chain, "; chains are numbered below 2^48"));
  }
  std::int64_t last_draw = 0;
  const bool overflow =
      __builtin_add_overflow(spec.draws_done, std::max<std::int64_t>(1, plan_.draws), &last_draw);
  if (!overflow && StepsFor(spec.burn_in, spec.thinning, last_draw).has_value()) {
    if (plan_.draws == 0) {
      plan_.draws = (kCounterEnd - spec.burn_in) / spec.thinning - spec.draws_done;
    }
    return absl::OkStatus();
  }
  return LimitExceeded("steps", kCounterEnd,
                       "burn_in, thinning and draws ask for more steps than the 2^48 of a chain");
}

absl::Status SamplePlanner::CheckTransitionLimit() const {
  if (plan_.diagnostics != v1::DIAGNOSTICS_LEVEL_CLASSES || lacks_classifier()) {
    return absl::OkStatus();
  }
  const Index classes = servable().autoencoder->classes();
  const std::int64_t maximum = servable().limits.max_message_bytes;
  if (TransitionBytes(classes) <= maximum - kMessageOverheadBytes) return absl::OkStatus();
  return LimitExceeded(
      "max_message_bytes", maximum,
      absl::StrCat("the transitions between the ", classes, " classes of ", Describe(servable()),
                   " take up to ", TransitionBytes(classes), " bytes; a message has at most ",
                   maximum, ": DIAGNOSTICS_LEVEL_BASIC fits"));
}

absl::Status SamplePlanner::CheckContents() {
  // A state of another model is not looked at: CheckResume refuses it.
  if (brings_start() && start_.rows() > 0) {
    const auto bounds =
        resumes() ? std::nullopt : InputBounds(servable(), request_.allow_out_of_range());
    CAE_RETURN_IF_ERROR(start_.CheckContents(bounds, servable()));
  }
  CAE_RETURN_IF_ERROR(CheckResume(request_, servable()));
  if (lacks_classifier()) {
    return WithErrorInfo(
        absl::FailedPreconditionError(absl::StrCat(
            Describe(servable()), " has no classifier, which DIAGNOSTICS_LEVEL_CLASSES needs")),
        kReasonNoClassifier, {{"model", servable().identity.name}});
  }
  return absl::OkStatus();
}

SamplePlan SamplePlanner::ComputeStates(Workspace& workspace) {
  ChainStreamSpec& spec = plan_.spec;
  if (resumes()) {
    spec.states = DecodeTensor(start_.tensor());
  } else if (!request_.has_initial_inputs()) {
    spec.states = InitialStates(
        servable(), spec.parameters.process,
        PickStartExamples(servable(), spec.parameters.seed, spec.first_chain, plan_.chains),
        workspace);
  } else {
    spec.states =
        InitialStates(servable(), spec.parameters.process, DecodeTensor(start_.tensor()), workspace)
            .replicate(plan_.chains / start_.rows(), 1);
  }
  spec.codes = plan_.include_codes;
  spec.statistics = plan_.diagnostics != v1::DIAGNOSTICS_LEVEL_NONE;
  spec.logits = plan_.diagnostics == v1::DIAGNOSTICS_LEVEL_CLASSES;
  return std::move(plan_);
}

}  // namespace cae
