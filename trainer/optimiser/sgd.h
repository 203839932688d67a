// Stochastic gradient descent with momentum (Polyak 1964), or with Nesterov's in the form of
// Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
// learning", ICML 2013.
#ifndef CAE_TRAINER_OPTIMISER_SGD_H_
#define CAE_TRAINER_OPTIMISER_SGD_H_

#include <vector>

#include "trainer/optimiser/optimiser.h"

namespace cae {

struct SgdOptions {
  double momentum = 0.9;  ///< μ, [0, 1)
  bool nesterov = false;
};

/// v ← μ v + g,  θ ← θ − η v − η w θ;  Nesterov: θ ← θ − η (g + μ v) − η w θ with the new v.
/// Elementwise in float32. Four bytes of state a parameter.
class Sgd : public Optimiser {
 public:
  explicit Sgd(const SgdOptions& options) : options_(options) {}

  int AddTensor(Index size, double weight_decay) override;
  void BeginStep(double learning_rate) override { learning_rate_ = learning_rate; }
  double Update(int tensor, Index first, float pull, absl::Span<const float> gradient,
                absl::Span<float> parameters) override;
  void Exchange(StateArchive& archive) override;

 private:
  struct Momentum {
    std::vector<float> velocity;  // v
    double weight_decay = 0;
  };

  const SgdOptions options_;
  std::vector<Momentum> tensors_;
  double learning_rate_ = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_OPTIMISER_SGD_H_
