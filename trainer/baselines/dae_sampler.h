// DaeSampler: the Markov chain of a denoising auto-encoder.
#ifndef CAE_TRAINER_BASELINES_DAE_SAMPLER_H_
#define CAE_TRAINER_BASELINES_DAE_SAMPLER_H_

#include <cstdint>
#include <memory>

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/autoencoder.h"
#include "trainer/evaluation/image_sampler.h"

namespace cae {

/// x̃ = x + σ ε, x ← g(f(x̃)) through the whole stack: the chain whose stationary distribution an
/// auto-encoder that was trained to undo that noise estimates (Bengio, Yao, Alain, Vincent, NIPS
/// 2013). It shows the decoder's means; right after Start, the images it started at.
class DaeSampler : public ImageSampler {
 public:
  /// σ of every input. The pool must outlive it.
  DaeSampler(std::shared_ptr<const Autoencoder> model, double noise_stddev, ThreadPool& pool);

  Index image_units() const override { return model_->input_units(); }
  void Start(ConstMatrixView images, std::uint64_t seed) override;
  void Step(int steps) override;
  void Images(MatrixView out) const override;

 private:
  void StepTile(Index first, Index count, int steps);
  void Corrupt(Index chain, std::int64_t step, Eigen::Ref<Vector> state) const;

  const std::shared_ptr<const Autoencoder> model_;
  const double noise_stddev_;
  ThreadPool& pool_;
  std::uint64_t seed_ = 0;
  std::int64_t step_ = 0;
  Matrix means_;  // one row a chain
};

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_DAE_SAMPLER_H_
