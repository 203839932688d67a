// Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015), with weight decay
// apart from the gradient (Loshchilov and Hutter, ICLR 2019).
#ifndef CAE_TRAINER_OPTIMISER_ADAM_H_
#define CAE_TRAINER_OPTIMISER_ADAM_H_

#include <cstdint>
#include <vector>

#include "trainer/optimiser/optimiser.h"

namespace cae {

struct AdamOptions {
  double beta1 = 0.9;     ///< decay of the mean of the gradient, [0, 1)
  double beta2 = 0.999;   ///< decay of the mean of its square, [0, 1)
  double epsilon = 1e-8;  ///< > 0
};

/// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,
/// θ ← θ − η m̂ / (√v̂ + ε) − η w θ,  with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
/// Elementwise in float32, the constants in double. Eight bytes of state a parameter.
class Adam : public Optimiser {
 public:
  explicit Adam(const AdamOptions& options) : options_(options) {}

  int AddTensor(Index size, double weight_decay) override;
  void BeginStep(double learning_rate) override;
  double Update(int tensor, Index first, float pull, absl::Span<const float> gradient,
                absl::Span<float> parameters) override;
  void Exchange(StateArchive& archive) override;

 private:
  struct Moments {
    std::vector<float> first, second;  // m and v
    double weight_decay = 0;
  };

  const AdamOptions options_;
  std::vector<Moments> tensors_;
  std::int64_t steps_ = 0;
  double learning_rate_ = 0;
  float rate_ = 0;     // η √(1 − β₂ᵗ) / (1 − β₁ᵗ)
  float epsilon_ = 0;  // ε √(1 − β₂ᵗ)
};

}  // namespace cae

#endif  // CAE_TRAINER_OPTIMISER_ADAM_H_
