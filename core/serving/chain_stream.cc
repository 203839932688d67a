#include "core/serving/chain_stream.h"

#include <utility>

namespace cae {

double StepCost(const Servable& servable, SampleProcess process, Index rank) {
  const Autoencoder& model = *servable.autoencoder;
  double weights = 0;
  const int first = process == SampleProcess::kTopLayer ? model.layers() : 1;
  for (int layer = first; layer <= model.layers(); ++layer) {
    weights += static_cast<double>(model.units(layer) * model.units(layer - 1));
  }
  // f, g, J and Jᵀ once each; with a rank, J and Jᵀ for each vector of a Krylov space.
  constexpr double kProduct = 2;
  const double vectors = rank == 0 ? 1 : 20 + 3 * static_cast<double>(rank);
  return kProduct * weights * (2 + 2 * vectors);
}

ChainStream::ChainStream(ChainStreamSpec spec, DrawSink& sink, int threads)
    : states_(std::exchange(spec.states, Matrix())),
      spec_(std::move(spec)),
      step_cost_(StepCost(*spec_.servable, spec_.parameters.process, spec_.parameters.rank)),
      sink_(sink),
      progress_(states_.rows(), threads, spec_.steps_done, spec_.burn_in, spec_.thinning),
      draws_done_(spec_.draws_done) {}

}  // namespace cae
