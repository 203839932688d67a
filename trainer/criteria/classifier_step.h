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
#include "trainer/optimiser/optimiser.h"

namespace cae {

/// Rows and the class of each.
struct LabelledRows {
  ConstMatrixView rows;                   ///< [n, input units]
  absl::Span<const std::uint8_t> labels;  ///< n of them, each less than the number of classes
};

/// Means over rows.
struct ClassifierLoss {
  double cross_entropy = 0;  ///< −log p(class), in nats
  double error = 0;          ///< share of rows whose most probable class is another
  double gradient_norm = 0;  ///< over all parameters; 0 where nothing descends
  bool finite = true;        ///< false: a loss or a gradient overflowed
};

struct ClassifierStepOptions {
  Index max_rows = 100;       ///< rows a batch, at most
  double weight_decay = 0;    ///< of the weights, not of the biases
  double input_dropout = 0;   ///< share of inputs left out, [0, 1)
  double hidden_dropout = 0;  ///< share of each layer's units left out, [0, 1)
  std::uint64_t seed = 0;     ///< of the dropout
};

/// A tower of dense layers under a softmax, as ClassifierParameters has it; at least one layer.
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
    Matrix outputs;            // y = s(W x + c), max_rows rows
    Matrix dropped;            // y ⊙ mask: what the next level reads; empty without dropout
    Matrix mask;               // empty without dropout
    Matrix deltas;             // ∂loss/∂(W x + c), not yet divided by the rows
  };

  // Returns the sum of what the pieces return, in their order.
  double RunPieces(const std::vector<Piece>& pieces,
                   const std::function<double(const Piece&)>& work);
  MatrixView Batch(Matrix& matrix) { return {matrix.data(), rows_, matrix.cols()}; }
  // What level `l` reads: the (thinned) input or the (thinned) outputs of the level below.
  MatrixView InputsOf(std::size_t l, bool training);
  void ThinInputs();
  void Forward(std::size_t l, bool training);
  void Backward(std::size_t l);
  // Return Σ g² (Optimiser::Update).
  double Update(std::size_t l);
  double UpdateUnits(std::size_t l, const Piece& units);
  ClassifierLoss CompareLogits(absl::Span<const std::uint8_t> labels);

  const ClassifierStepOptions options_;
  Optimiser& optimiser_;
  ThreadPool& pool_;
  std::vector<Level> levels_;  // the tower's layers, then the output
  std::int64_t steps_ = 0;
  Index rows_ = 0;
  Matrix inputs_, input_mask_;
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_CLASSIFIER_STEP_H_
