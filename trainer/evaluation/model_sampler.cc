#include "trainer/evaluation/model_sampler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "trainer/evaluation/squared_distances.h"

namespace cae {

ModelSampler::ModelSampler(std::shared_ptr<const Autoencoder> model,
                           const ModelSamplerOptions& options, ThreadPool& pool)
    : model_(std::move(model)), options_(options), stepper_(*model_, options.process), pool_(pool) {
  CAE_CHECK(options.noise_stddev >= 0 && options.rank >= 0 &&
                options.rank <= std::min(stepper_.state_units(), stepper_.code_units()),
            "noise and rank in range");
}

void ModelSampler::Start(ConstMatrixView images, std::uint64_t seed) {
  CAE_CHECK(images.cols() == image_units(), "the size of the images");
  seed_ = seed;
  step_ = 0;
  states_.resize(images.rows(), stepper_.state_units());
  Workspace workspace;
  stepper_.InitialStates(images, states_, workspace);
}

// A chain's bits do not depend on the chains beside it, so the cut may follow the threads.
void ModelSampler::Step(int steps) {
  constexpr Index kMostChains = 64;
  const Index share = (states_.rows() + pool_.threads() - 1) / pool_.threads();
  const std::vector<RowRange> parts =
      CutRows(states_.rows(), std::clamp<Index>(share, 1, kMostChains));
  pool_.ParallelFor(static_cast<int>(parts.size()),
                    [&](int p) { StepChains(parts[p].first, parts[p].count, steps); });
  step_ += static_cast<std::uint64_t>(steps);
}

void ModelSampler::StepChains(Index first, Index count, int steps) {
  thread_local Workspace workspace;
  Matrix codes(count, stepper_.code_units());
  std::vector<ChainRow> rows(count);
  for (int t = 0; t < steps; ++t) {
    for (Index i = 0; i < count; ++i) {
      rows[i] = {seed_, static_cast<std::uint64_t>(first + i),
                 step_ + static_cast<std::uint64_t>(t), static_cast<float>(options_.noise_stddev)};
    }
    const absl::Status status =
        stepper_.Step(rows, options_.rank, Rows(MatrixView(states_), first, count), codes,
                      workspace, [] { return absl::OkStatus(); });
    CAE_CHECK(status.ok(), status.message());  // nobody ends a step
  }
}

void ModelSampler::Images(MatrixView out) const {
  CAE_CHECK(out.rows() == states_.rows() && out.cols() == image_units(), "room for the images");
  Workspace workspace;
  stepper_.Outputs(states_, out, workspace);
}

}  // namespace cae
