// LinearClassifier: what a linear function can tell from given features; how features are judged.
#ifndef CAE_TRAINER_LINEAR_LINEAR_CLASSIFIER_H_
#define CAE_TRAINER_LINEAR_LINEAR_CLASSIFIER_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/criteria/classifier_step.h"

namespace cae {

/// The class of a row x is the largest element of W x + b. Plain data.
struct LinearClassifier {
  Matrix weight;  ///< W, [classes, features]
  Vector bias;    ///< b
};

struct LinearTrainingOptions {
  double regularisation = 1e-4;  ///< λ > 0
  int max_iterations = 500;
  double tolerance =
      1e-4;  ///< ends where ten iterations lower the objective by less than this share
  /// Asked after each iteration; any status but OK ends the training and becomes its result.
  std::function<absl::Status()> check = [] { return absl::OkStatus(); };
};

/// What a training came to.
struct LinearFit {
  LinearClassifier classifier;
  double objective = 0;
  int iterations = 0;
};

/// Support vector machines with squared hinge loss, each class against the rest, all at once:
/// minimises λ/2 ‖W S‖² + mean over rows of Σ_c max(0, 1 − y_c (W x + b)_c)², y_c = 1 for the row's
/// class and −1 for others (Tang, "Deep learning using linear support vector machines", 2013), by
/// L-BFGS from `start`, or from zero where it is empty. S holds the standard deviations of the
/// features over their root mean square, at least 0.2: so features of all layers count alike.
/// λ = 1 / (2 C n) of liblinear's C, whose biases are regularised while these are not. INTERNAL
/// where the minimiser fails. The result does not depend on the number of threads.
absl::StatusOr<LinearFit> TrainLinearClassifier(const LabelledRows& data, Index classes,
                                                const LinearTrainingOptions& options,
                                                const LinearClassifier& start, ThreadPool& pool);

/// Rows whose class is another; at least one row.
Index WrongRows(const LinearClassifier& classifier, const LabelledRows& data, ThreadPool& pool);

/// One regularisation that was tried.
struct LinearTrial {
  double regularisation = 0;
  double validation_error = 0;  ///< share of wrong rows
  int iterations = 0;
};

struct LinearChoice {
  LinearClassifier classifier;
  double regularisation = 0;
  std::vector<LinearTrial> trials;
};

/// Tries regularisations from 0.03 downwards by half decades, each from where the last one ended,
/// until the error on validation rows has not been the smallest for three in a row, or 1e-7; gives
/// the classifier with the smallest, the first of equals. Needs validation rows. `on_trial` is told
/// each. Errors as TrainLinearClassifier.
absl::StatusOr<LinearChoice> ChooseLinearClassifier(
    const LabelledRows& training, const LabelledRows& validation, Index classes,
    const LinearTrainingOptions& options, ThreadPool& pool,
    const std::function<void(const LinearTrial&)>& on_trial);

}  // namespace cae

#endif  // CAE_TRAINER_LINEAR_LINEAR_CLASSIFIER_H_
