// ClassifierStep: cross-entropy of a softmax classifier on a batch of rows, and one step of its
// descent through the whole tower.
#ifndef CAE_TRAINER_CRITERIA_CLASSIFIER_STEP_H_
#define CAE_TRAINER_CRITERIA_CLASSIFIER_STEP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/pieces.h"
#include "trainer/criteria/tangent_rows.h"
#include "trainer/optimiser/optimiser.h"

namespace cae {

/// Rows and the class of each; where nobody reads classes there may be none.
struct LabelledRows {
  ConstMatrixView rows;  ///< [n, input units]
  absl::Span<const std::uint8_t>
      labels;  ///< n of them, each less than the number of classes; or none
};

/// Means over rows.
struct ClassifierLoss {
  double cross_entropy = 0;  ///< −log p(class), in nats; of smoothed targets where they descend
  double error = 0;          ///< share of rows whose most probable class is another
  double gradient_norm = 0;  ///< over all parameters; 0 where nothing descends
  bool finite = true;        ///< false: a loss or a gradient overflowed
  double tangents = 0;       ///< Σ_u ‖(∂o/∂x) u‖², without β; 0 where nothing descends
};

/// The penalty of the manifold tangent classifier (Rifai, Dauphin, Vincent, Bengio, Muller, NIPS
/// 2011): β Σ_u ‖(∂o/∂x) u‖² over the tangents u of a row, o being the class probabilities.
struct TangentPenalty {
  double weight = 0;                  ///< β ≥ 0; 0 = none
  const TangentRows* rows = nullptr;  ///< of the training rows; must outlive the step
  /// Random combinations of a row's tangents (TangentRows::Combine) that a step takes instead of
  /// all of them; 0 = all. The mean of the penalty is the same.
  int combinations = 0;

  /// Directions in which a step looks at each row.
  Index directions() const {
    return weight == 0 ? 0 : combinations > 0 ? Index{combinations} : rows->rank();
  }
};

struct ClassifierStepOptions {
  Index max_rows = 100;       ///< rows a batch, at most
  double weight_decay = 0;    ///< of the weights, not of the biases
  double input_dropout = 0;   ///< share of inputs left out, [0, 1)
  double hidden_dropout = 0;  ///< share of each layer's units left out, [0, 1)
  /// Share of each row's target that all classes have alike, [0, 1) (Szegedy, Vanhoucke, Ioffe,
  /// Shlens, Wojna, CVPR 2016).
  double label_smoothing = 0;
  std::uint64_t seed = 0;  ///< of the dropout and of combinations of tangents
  TangentPenalty tangents = {};
};

/// A tower of dense layers under a softmax, as ClassifierParameters has it; at least one layer.
/// Tangents t_0 = u go through the tower beside their rows, t_l = s'(a_l) ⊙ (W_l t_{l−1}), dropout
/// included, and the gradient is the reverse of both.
/// Works in pieces as CaeStep does, so the bits of the result do not depend on the number of
/// threads. Thread-compatible. Changes the parameters in place; parameters, optimiser and pool must
/// outlive it.
class ClassifierStep {
 public:
  ClassifierStep(ClassifierParameters& classifier, const ClassifierStepOptions& options,
                 Optimiser& optimiser, ThreadPool& pool);

  /// One step on these rows of `data`, at most max_rows; the loss is that before the step, with
  /// dropout.
  ClassifierLoss Descend(const LabelledRows& data, absl::Span<const Index> rows,
                         double learning_rate);

  /// The loss over all rows, without dropout; nothing changes.
  ClassifierLoss Measure(const LabelledRows& data);

  /// What the next step depends on beside parameters and optimiser: which dropout masks it takes.
  void Exchange(StateArchive& archive) { archive.Integer("classifier_step.steps", steps_); }

 private:
  // One dense layer with what the current batch left in it.
  struct Level {
    DenseParameters* parameters;
    std::vector<Piece> unit_pieces, input_pieces;
    int weight = 0, bias = 0;  // numbers of the tensors
    double dropout = 0;        // of its outputs
    // Rows above the tangents of all rows; of the latter only in training:
    Matrix outputs;  // y = s(W x + c), W t
    Matrix read;  // y ⊙ mask, s' ⊙ mask ⊙ W t: what the next level reads; empty where that is y
    Matrix deltas;  // ∂criterion/∂(W x + c), ∂criterion/∂(W t), not yet divided by the rows
    Matrix mask;    // of rows; empty without dropout
  };

  // Returns the sum of what the pieces return, in their order.
  double RunPieces(const std::vector<Piece>& pieces,
                   const std::function<double(const Piece&)>& work);
  MatrixView Batch(Matrix& matrix) { return {matrix.data(), rows_, matrix.cols()}; }
  // The batch and its tangents, number d of row i at (1 + d) rows_ + i.
  MatrixView Lines(Matrix& matrix, bool training) {
    return {matrix.data(), training ? (1 + directions_) * rows_ : rows_, matrix.cols()};
  }
  // What level `l` reads: the (thinned) input or the (thinned) outputs of the level below.
  MatrixView InputsOf(std::size_t l, bool training);
  void ThinInputs();
  // Fills the tangents of the inputs.
  void FillTangents(absl::Span<const Index> rows);
  void PushTangents(Level& level, const Piece& units);
  void PullTangents(Level& below, const Piece& units);
  void Forward(std::size_t l, bool training);
  void Backward(std::size_t l);
  // Return Σ g² (Optimiser::Update).
  double Update(std::size_t l);
  double UpdateUnits(std::size_t l, const Piece& units);
  ClassifierLoss CompareLogits(absl::Span<const std::uint8_t> labels, double smoothing);
  // Adds to the deltas of the logits of a row, which hold p − target, and fills those of
  // its tangents; returns the sum over its tangents.
  double PenaliseTangents(Index row, std::uint8_t label);

  const ClassifierStepOptions options_;
  const Index directions_;  // a row
  Optimiser& optimiser_;
  ThreadPool& pool_;
  std::vector<Level> levels_;  // the tower's layers, then the output
  std::int64_t steps_ = 0;
  Index rows_ = 0;
  Matrix inputs_, input_mask_;  // inputs_ with tangents as in a level
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_CLASSIFIER_STEP_H_
