// SampleProtocol: which images of a sampler's chains are judged.
#ifndef CAE_TRAINER_EVALUATION_SAMPLE_PROTOCOL_H_
#define CAE_TRAINER_EVALUATION_SAMPLE_PROTOCOL_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"
#include "trainer/evaluation/image_sampler.h"

namespace cae {

/// STRICT: all states of a few long chains, each from one training example. MANY: thinned states of
/// many chains after a burn-in. The defaults are those of design and literature, 10,000 images
/// each.
struct SampleProtocol {
  Index strict_chains = 5;
  Index strict_states = 10'000;  ///< a chain
  Index many_chains = 100;
  int burn_in = 100;  ///< transitions
  Index draws = 100;  ///< a chain
  int thinning = 10;  ///< transitions from one draw to the next
  std::uint64_t seed = 1;

  Index many_samples() const { return many_chains * draws; }
  /// A tenth of the images, to try things out.
  static SampleProtocol Quick();
};

/// Plain data; draw t of chain c is row c · draws a chain + t.
struct DrawnSamples {
  Matrix strict;  ///< [strict_chains · strict_states, units]
  Matrix many;    ///< [many_chains · draws, units]
};

/// For people who wait: which part, how much of it is done, of how much. Any status but OK ends the
/// work and becomes its result.
using ScoreProgress = std::function<absl::Status(absl::string_view part, Index done, Index all)>;

/// Chains start at rows of `training`, picked by the seed. OUT_OF_RANGE where a chain leaves the
/// finite numbers.
absl::StatusOr<DrawnSamples> DrawSamples(ImageSampler& sampler, ConstMatrixView training,
                                         const SampleProtocol& protocol,
                                         const ScoreProgress& progress);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_SAMPLE_PROTOCOL_H_
