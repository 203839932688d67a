// Optimiser: what turns gradients into changes of parameters.
#ifndef CAE_TRAINER_OPTIMISER_OPTIMISER_H_
#define CAE_TRAINER_OPTIMISER_OPTIMISER_H_

#include "absl/types/span.h"
#include "core/math/matrix.h"
#include "trainer/base/state_archive.h"

namespace cae {

/// Holds the state that belongs to the parameters (moments and the like), never the parameters
/// themselves. A criterion registers its tensors once, and hands over each block of a gradient as
/// soon as it is computed, while the block is still in the cache.
///
/// Thread-compatible, but for Update, which several threads may call at a time for blocks that do
/// not overlap.
class Optimiser {
 public:
  virtual ~Optimiser() = default;

  /// Makes room for a tensor of `size` numbers and returns its number. `weight_decay` ≥ 0 pulls it
  /// towards zero by learning rate · weight_decay · parameter a step, beside the gradient.
  virtual int AddTensor(Index size, double weight_decay) = 0;

  /// The updates from here on belong to the next step.
  virtual void BeginStep(double learning_rate) = 0;

  /// Moves parameters[i], the elements first, first + 1, ... of the tensor, down the gradient
  /// g[i] = gradient[i] + pull · parameters[i]. Returns Σ g², which is not finite if an element of
  /// the gradient is not, or is so large that its square is not; the parameters are worthless then.
  [[nodiscard]] virtual double Update(int tensor, Index first, float pull,
                                      absl::Span<const float> gradient,
                                      absl::Span<float> parameters) = 0;

  /// Everything that the next step depends on, for the tensors added so far.
  virtual void Exchange(StateArchive& archive) = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_OPTIMISER_OPTIMISER_H_
