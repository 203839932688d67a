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

/// The corruption C: Gaussian noise first, then salt and pepper.
struct DaeSamplerOptions {
  double noise_stddev = 0;     ///< of every input
  double salt_and_pepper = 0;  ///< share of inputs replaced by 0 or 1, as a coin falls
  bool draw_outputs = false;   ///< each step starts at a binary draw of the means before it
};

/// x̃ ~ C(x̃ | x), x ← g(f(x̃)) through the whole stack: the chain whose stationary distribution an
/// auto-encoder that was trained to undo C estimates (Bengio, Yao, Alain, Vincent, NIPS 2013). It
/// shows the decoder's means; right after Start, the images it started at.
class DaeSampler : public ImageSampler {
 public:
  /// The pool must outlive it.
  DaeSampler(std::shared_ptr<const Autoencoder> model, const DaeSamplerOptions& options,
             ThreadPool& pool);

  Index image_units() const override { return model_->input_units(); }
  void Start(ConstMatrixView images, std::uint64_t seed) override;
  void Step(int steps) override;
  void Images(MatrixView out) const override;

 private:
  void StepTile(Index first, Index count, int steps);
  void Corrupt(Index chain, std::int64_t step, Eigen::Ref<Vector> state) const;

  const std::shared_ptr<const Autoencoder> model_;
  const DaeSamplerOptions options_;
  ThreadPool& pool_;
  std::uint64_t seed_ = 0;
  std::int64_t step_ = 0;
  Matrix means_;  // one row a chain
};

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_DAE_SAMPLER_H_
