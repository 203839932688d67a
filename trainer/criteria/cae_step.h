// CaeStep: the CAE criterion of one layer on a batch of rows, and one step of its descent.
#ifndef CAE_TRAINER_CRITERIA_CAE_STEP_H_
#define CAE_TRAINER_CRITERIA_CAE_STEP_H_

#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/pieces.h"
#include "trainer/optimiser/optimiser.h"

namespace cae {

/// The terms of the criterion, means over rows.
struct CaeLoss {
  double reconstruction = 0;  ///< L(x, g(f(x))), reconstruction_loss.h; in nats where it is
                              ///< cross-entropy
  double contraction = 0;     ///< ‖J‖²_F, without λ
  double gradient_norm = 0;   ///< of the criterion, over all parameters; 0 where nothing descends
  bool finite = true;         ///< false: a loss or a gradient overflowed and the parameters with it
};

/// Descends the mean over rows of L(x, g(f(x))) + λ ‖J(x)‖²_F (Rifai, Vincent, Muller, Glorot,
/// Bengio, ICML 2011) for one layer h = s(W x + c), x̂ = s_d(V h + b), tied (V = Wᵀ) or not.
///
/// All rows of a batch go through each product together. The columns are cut into pieces (pieces.h)
/// that the threads share out; the gradient of a piece of W is handed to the optimiser at once. So
/// a step is three or four rounds of pieces:
///   encode (pieces of units), decode and loss (pieces of inputs), gradient and update of W, c
///   (pieces of units), update of V (pieces of inputs, untied only).
/// The bits of the result depend on the data alone, not on the number of threads.
///
/// Thread-compatible. Changes the layer in place; layer, optimiser and pool must outlive it.
class CaeStep {
 public:
  /// At most `max_rows` rows a batch.
  CaeStep(LayerParameters& layer, double contraction, Index max_rows, Optimiser& optimiser,
          ThreadPool& pool);

  /// One step on these rows of `data`, at most max_rows; the loss is that before the step.
  CaeLoss Descend(ConstMatrixView data, absl::Span<const Index> rows, double learning_rate);

  /// The loss over all rows of `data`, any number of them; nothing changes.
  CaeLoss Measure(ConstMatrixView data);

 private:
  // What a piece of work reports; summed in the order of the pieces.
  struct PieceResult {
    double sum = 0;
    double squared_gradient = 0;  // Σ g² (Optimiser::Update)
  };
  // Sums over the rows of the batch, one element a unit of a piece (code_gradient.h).
  struct UnitSums {
    std::vector<float> deltas, squared_derivatives;
    double contraction = 0;  // Σ over rows and units of the piece of d² ‖W_j‖²
  };

  void BeginBatch(Index rows);
  PieceResult RunPieces(const std::vector<Piece>& pieces,
                        const std::function<PieceResult(const Piece&)>& work);
  MatrixView Inputs() { return {inputs_and_residuals_.data(), rows_, inputs_}; }
  MatrixView Residuals() { return {Inputs().data() + rows_ * inputs_, rows_, inputs_}; }
  MatrixView Deltas() { return {deltas_and_codes_.data(), rows_, units_}; }
  MatrixView Codes() { return {Deltas().data() + rows_ * units_, rows_, units_}; }

  // The rounds of pieces, and the work of one piece of each.
  void Encode(const Piece& units);
  double DecodeAndCompare(const Piece& inputs);
  double UpdateDecoderBias(const Piece& inputs);
  void Backpropagate(const Piece& units);
  UnitSums DifferentiateCodes(const Piece& units);
  double UpdateEncoder(const Piece& units, const UnitSums& sums);
  double UpdateDecoderWeight(const Piece& inputs);

  LayerParameters& layer_;
  const float contraction_;  // λ
  const Index units_, inputs_;
  Optimiser& optimiser_;
  ThreadPool& pool_;
  const std::vector<Piece> unit_pieces_, input_pieces_;
  int weight_ = 0, bias_ = 0, decoder_weight_ = 0, decoder_bias_ = 0;  // numbers of the tensors

  // Of the current batch. Two matrices lie one upon the other, so that the tied gradient
  // δᵀ x + hᵀ r is one product of [δ; h] and [x; r].
  Index rows_ = 0;
  Matrix inputs_and_residuals_;  // x above r = ∂loss/∂(V h + b)
  Matrix deltas_and_codes_;      // δ = ∂(loss + λ ‖J‖²)/∂(W x + c) above h
  Vector squared_norms_;         // ‖W_j‖²
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_CAE_STEP_H_
