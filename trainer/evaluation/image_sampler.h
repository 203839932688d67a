// ImageSampler: a Markov chain over images, as evaluation sees every kind of model.
#ifndef CAE_TRAINER_EVALUATION_IMAGE_SAMPLER_H_
#define CAE_TRAINER_EVALUATION_IMAGE_SAMPLER_H_

#include <cstdint>

#include "core/math/matrix.h"

namespace cae {

/// Many chains side by side. What they give depends on the model, the settings that the sampler was
/// made with, the starts and the seed alone. Thread-compatible.
class ImageSampler {
 public:
  ImageSampler() = default;
  virtual ~ImageSampler() = default;
  ImageSampler(const ImageSampler&) = delete;
  ImageSampler& operator=(const ImageSampler&) = delete;

  virtual Index image_units() const = 0;
  /// Forgets the chains there were and starts one at each image, [chains, image_units()]. Chain i
  /// is the same whatever other chains there are.
  virtual void Start(ConstMatrixView images, std::uint64_t seed) = 0;
  /// Makes so many transitions of every chain.
  virtual void Step(int steps) = 0;
  /// What the chains show now, [chains, image_units()]: means, not binary draws.
  virtual void Images(MatrixView out) const = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_IMAGE_SAMPLER_H_
