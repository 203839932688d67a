// GradientRecorder: an optimiser that learns nothing and remembers the gradient.
#ifndef CAE_TRAINER_CRITERIA_GRADIENT_RECORDER_H_
#define CAE_TRAINER_CRITERIA_GRADIENT_RECORDER_H_

#include <vector>

#include "trainer/optimiser/optimiser.h"

namespace cae {

/// For gradient checks. Thread-safe as Optimiser is.
class GradientRecorder : public Optimiser {
 public:
  int AddTensor(Index size, double /*weight_decay*/) override {
    gradients_.push_back(Vector::Zero(size));
    return static_cast<int>(gradients_.size()) - 1;
  }
  void BeginStep(double /*learning_rate*/) override {}
  double Update(int tensor, Index first, float pull, absl::Span<const float> gradient,
                absl::Span<float> parameters) override {
    double squares = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const float g = gradient[i] + pull * parameters[i];
      gradients_[tensor][first + static_cast<Index>(i)] = g;
      squares += double{g} * g;
    }
    return squares;
  }
  void Exchange(StateArchive& /*archive*/) override {}

  /// The whole gradient of the last step, by the tensor's number.
  const Vector& gradient(int tensor) const { return gradients_[tensor]; }

 private:
  std::vector<Vector> gradients_;
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_GRADIENT_RECORDER_H_
