// DbnSampler: block Gibbs sampling in an RBM, or in the top RBM of a deep belief network.
#ifndef CAE_TRAINER_BASELINES_DBN_SAMPLER_H_
#define CAE_TRAINER_BASELINES_DBN_SAMPLER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/baselines/rbm.h"
#include "trainer/evaluation/image_sampler.h"

namespace cae {

struct DbnSamplerOptions {
  /// Gibbs transitions (all hidden units, then all visible ones) that make one step.
  int transitions = 1;
};

/// A chain starts at the means of the top machine's visible units given an image, turned into a
/// binary state. It shows the mean E[v | h] of those units given the hidden state they were last
/// drawn from, brought down to an image by the means of the machines below: conditional means all
/// the way, as the paper's baselines do ("Better mixing via deep representations", ICML 2013).
class DbnSampler : public ImageSampler {
 public:
  /// Copies the machines, at least one, into packed form. Errors as PackedDense::Pack. The pool
  /// must outlive it.
  static absl::StatusOr<std::unique_ptr<DbnSampler>> Make(const RbmStack& stack,
                                                          const DbnSamplerOptions& options,
                                                          ThreadPool& pool);
  ~DbnSampler() override;

  Index image_units() const override;
  void Start(ConstMatrixView images, std::uint64_t seed) override;
  void Step(int steps) override;
  void Images(MatrixView out) const override;

 private:
  class Impl;
  explicit DbnSampler(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_DBN_SAMPLER_H_
