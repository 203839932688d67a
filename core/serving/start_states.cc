#include "core/serving/start_states.h"

#include "core/math/philox.h"

namespace cae {

Matrix InitialStates(const Servable& servable, SampleProcess process, ConstMatrixView inputs,
                     Workspace& workspace) {
  const ChainStepper& stepper = servable.stepper(process);
  Matrix states(inputs.rows(), stepper.state_units());
  stepper.InitialStates(inputs, states, workspace);
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

}  // namespace cae
