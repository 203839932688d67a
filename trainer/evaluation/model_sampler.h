// ModelSampler: the chain of a contractive auto-encoder, as evaluation sees every kind of model.
#ifndef CAE_TRAINER_EVALUATION_MODEL_SAMPLER_H_
#define CAE_TRAINER_EVALUATION_MODEL_SAMPLER_H_

#include <cstdint>
#include <memory>

#include "core/base/thread_pool.h"
#include "core/model/autoencoder.h"
#include "core/sampling/chain_stepper.h"
#include "trainer/evaluation/image_sampler.h"

namespace cae {

struct ModelSamplerOptions {
  double noise_stddev = 1;  ///< σ ≥ 0
  Index rank = 0;           ///< 0 = the whole Jacobian; else at most as ChainStepper::Step says
  SampleProcess process = SampleProcess::kComposed;
};

/// Chain i makes the very states that a server sends for chain i of a request with this seed on
/// this processor. Right after Start it shows the images it started at (kComposed) or what is left
/// of them in the code below the top layer (kTopLayer).
class ModelSampler : public ImageSampler {
 public:
  /// The pool must outlive it.
  ModelSampler(std::shared_ptr<const Autoencoder> model, const ModelSamplerOptions& options,
               ThreadPool& pool);

  Index image_units() const override { return model_->input_units(); }
  void Start(ConstMatrixView images, std::uint64_t seed) override;
  void Step(int steps) override;
  void Images(MatrixView out) const override;

 private:
  void StepChains(Index first, Index count, int steps);

  const std::shared_ptr<const Autoencoder> model_;
  const ModelSamplerOptions options_;
  const ChainStepper stepper_;
  ThreadPool& pool_;
  std::uint64_t seed_ = 0;
  std::uint64_t step_ = 0;
  Matrix states_;  // one row a chain
};

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_MODEL_SAMPLER_H_
