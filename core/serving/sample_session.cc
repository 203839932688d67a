#include "core/serving/sample_session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/math/philox.h"

namespace cae {

Matrix InitialStates(const Servable& servable, SampleProcess process, ConstMatrixView inputs) {
  const ReferenceChain chain(*servable.reference, {0, 0, 0, process});
  Matrix states(inputs.rows(), chain.state_units());
  for (Index row = 0; row < inputs.rows(); ++row) {
    states.row(row) = chain.InitialState(inputs.row(row));
  }
  return states;
}

Matrix PickStartExamples(const Servable& servable, std::uint64_t seed, std::int64_t first_chain,
                         std::int64_t count) {
  // A step number that no chain reaches keeps these numbers apart from the noise.
  constexpr std::uint64_t kStartStep = (std::uint64_t{1} << 48) - 1;
  const Matrix& examples = servable.autoencoder->parameters().start_examples;
  Matrix picked(count, examples.cols());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto chain = static_cast<std::uint64_t>(first_chain + i);
    const auto words = Philox4x32(PhiloxCounter({chain, kStartStep}, 0), seed);
    const std::uint64_t word = std::uint64_t{words[0]} << 32 | words[1];
    picked.row(i) = examples.row(static_cast<Index>(word % examples.rows()));
  }
  return picked;
}

SampleSession::SampleSession(SampleSpec spec)
    : spec_(std::move(spec)),
      chain_(*spec_.servable->reference, spec_.parameters),
      codes_(spec_.states.rows(), spec_.servable->autoencoder->code_units()) {}

absl::Status SampleSession::AdvanceOneChain() {
  draw_ready_ = false;
  const auto chain = static_cast<std::uint64_t>(spec_.first_chain + next_chain_);
  const ReferenceChain::Transition transition =
      chain_.Step(spec_.states.row(next_chain_), chain, spec_.steps_done);
  if (!transition.state.allFinite() || !transition.code.allFinite()) {
    return absl::InternalError(absl::StrCat("chain ", chain, " of model '",
                                            spec_.servable->identity.name,
                                            "' reached a value that is not finite at step ",
                                            spec_.steps_done, "; a smaller noise_stddev may help"));
  }
  spec_.states.row(next_chain_) = transition.state;
  codes_.row(next_chain_) = transition.code;
  if (++next_chain_ < chains()) return absl::OkStatus();
  next_chain_ = 0;
  ++spec_.steps_done;
  const std::int64_t after_burn_in = spec_.steps_done - spec_.burn_in;
  if (after_burn_in > 0 && after_burn_in % spec_.thinning == 0) {
    draw_ready_ = true;
    ++spec_.draws_done;
  }
  return absl::OkStatus();
}

Matrix SampleSession::Draw() const {
  Matrix draw(chains(), spec_.servable->autoencoder->input_units());
  for (Index row = 0; row < draw.rows(); ++row) {
    draw.row(row) = chain_.Output(spec_.states.row(row));
  }
  return draw;
}

}  // namespace cae
