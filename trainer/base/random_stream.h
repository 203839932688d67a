// RandomStream: the random decisions of a training run, each kind in a stream of its own, so that
// the same seed gives the same model on any machine and a change of one kind leaves the others.
#ifndef CAE_TRAINER_BASE_RANDOM_STREAM_H_
#define CAE_TRAINER_BASE_RANDOM_STREAM_H_

#include <array>
#include <cstdint>
#include <vector>

#include "core/math/matrix.h"
#include "core/math/philox.h"

namespace cae {

/// What a stream decides; part of the counter of its numbers, so values stay as they are.
enum class RandomUse : std::uint64_t {
  kWeights = 1,         ///< initial weights, one stream a layer
  kRowOrder = 2,        ///< order of the rows, one stream an epoch of a stage
  kStartExamples = 3,   ///< which rows become start examples
  kDropout = 4,         ///< which units a step leaves out (dropout.h)
  kGradientCheck = 5,   ///< random layers and rows for gradient_check.h
  kCorruption = 6,      ///< noise on the inputs that an encoder reads (training_noise.h)
  kMasking = 7,         ///< which inputs are hidden from an encoder (training_noise.h)
  kStabilityRows = 8,   ///< rows near which the Jacobian should be the same (cae_step.h)
  kInvarianceRows = 9,  ///< rows near which the code should be the same (cae_step.h)
  kWalkback = 10,       ///< noise on the codes of a chain that trains (stack_step.h)
  kWalkbackCoins = 11,  ///< which chains go on (stack_step.h)
  kTangentSigns = 12,   ///< which combinations of tangents a step takes (tangent_rows.h)
  kModelChains = 20,    ///< the chains beside the training of a baseline (rbm_step.h)
  kGibbsChains = 21,    ///< the chains of a baseline's sampler (dbn_sampler.h)
  kImageVariants = 30,  ///< images that a judge learns to refuse (image_variants.h)
};

/// Uniform numbers, one after the other, from Philox with the counter (use, number, position).
/// Thread-compatible.
class RandomStream {
 public:
  /// `number` < 2^48 tells apart the streams of one use.
  RandomStream(std::uint64_t seed, RandomUse use, std::uint64_t number)
      : seed_(seed), at_{static_cast<std::uint64_t>(use), number} {}

  /// In [0, 1), a multiple of 2^−32.
  double Uniform() { return NextWord() * 0x1p-32; }

  /// In 0 ... bound − 1; 1 ≤ bound ≤ 2^32.
  Index Below(Index bound) {
    return static_cast<Index>((std::uint64_t{NextWord()} * static_cast<std::uint64_t>(bound)) >>
                              32);
  }

  /// Elements uniform in [−limit, limit).
  Matrix UniformMatrix(Index rows, Index cols, double limit);

  /// 0 ... size − 1 in random order (Fisher and Yates).
  std::vector<Index> Permutation(Index size);

 private:
  std::uint32_t NextWord() {
    if (position_ % 4 == 0) {
      words_ = Philox4x32(PhiloxCounter(at_, static_cast<std::uint32_t>(position_ / 4)), seed_);
    }
    return words_[position_++ % 4];
  }

  const std::uint64_t seed_;
  const NoiseCounter at_;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> words_ = {};
};

}  // namespace cae

#endif  // CAE_TRAINER_BASE_RANDOM_STREAM_H_
