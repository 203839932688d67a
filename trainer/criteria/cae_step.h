// CaeStep: the CAE criterion of one layer on a batch of rows, and one step of its descent.
#ifndef CAE_TRAINER_CRITERIA_CAE_STEP_H_
#define CAE_TRAINER_CRITERIA_CAE_STEP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/neighbour_rows.h"
#include "trainer/criteria/pieces.h"
#include "trainer/criteria/training_noise.h"
#include "trainer/optimiser/optimiser.h"

namespace cae {

/// The terms of the criterion, means over rows.
struct CaeLoss {
  double reconstruction = 0;  ///< L(x, g(f(x))), reconstruction_loss.h; in nats where it is
                              ///< cross-entropy
  double contraction = 0;     ///< ‖J‖²_F, without λ
  double stability = 0;       ///< ‖J(x) − J(x + ε)‖²_F, without γ; 0 where γ is
  double invariance = 0;     ///< ‖f(x) − f(x + J₋ J₋ᵀ ε)‖², without μ; 0 where μ is
  double gradient_norm = 0;  ///< of the criterion, over all parameters; 0 where nothing descends
  bool finite = true;        ///< false: a loss or a gradient overflowed and the parameters with it
};

/// What a layer is trained by.
struct CaeStepOptions {
  double contraction = 0;  ///< λ ≥ 0
  /// γ: how much the Jacobian changes nearby, CAE+H (Rifai, Mesnil, Vincent, Muller, Bengio,
  /// Dauphin, Glorot, ECML 2011).
  NeighbourPenalty stability = {};
  /// μ: how much the code changes along the directions that the layer below has found.
  NeighbourPenalty invariance = {};
  /// The layer below, on whose codes this one is trained: for `invariance` alone. Only used by the
  /// constructor of the step.
  const DenseParameters* below = nullptr;
  Corruption corruption = {};  ///< of what the encoder reads
  Index max_rows = 100;        ///< rows a batch, at most
  std::uint64_t seed = 0;
  std::uint64_t stage = 0;  ///< tells the noise of stages apart; < 2^8
};

/// Descends the mean over rows of L(x, g(f(x))) + λ ‖J(x)‖²_F (Rifai, Vincent, Muller, Glorot,
/// Bengio, ICML 2011) for one layer h = s(W x + c), x̂ = s_d(V h + b), tied (V = Wᵀ) or not. To it
/// may come γ ‖J(x) − J(x + ε)‖²_F and μ ‖f(x) − f(x + J₋ J₋ᵀ ε)‖², means over the neighbours of
/// each row (neighbour_rows.h), J₋ being the Jacobian of the layer below. With a corruption all
/// terms are taken at x̃ instead of x, but for what x̂ is compared with.
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
  CaeStep(LayerParameters& layer, const CaeStepOptions& options, Optimiser& optimiser,
          ThreadPool& pool);

  /// One step on these rows of `data`, at most max_rows; the loss is that before the step.
  CaeLoss Descend(ConstMatrixView data, absl::Span<const Index> rows, double learning_rate);

  /// The loss over all rows of `data`, any number of them, as they are: nothing is corrupted, and
  /// the neighbours of a row are the same each time. Nothing changes.
  CaeLoss Measure(ConstMatrixView data);

  /// What the next step depends on beside parameters and optimiser: which noise it takes.
  void Exchange(StateArchive& archive) { archive.Integer("cae_step.steps", steps_); }

 private:
  // What a piece of work reports; summed in the order of the pieces.
  struct PieceResult {
    double sum = 0;
    double squared_gradient = 0;  // Σ g² (Optimiser::Update)
    double stability = 0, invariance = 0;
  };
  // Sums over the rows of the batch, one element a unit of a piece (code_gradient.h).
  struct UnitSums {
    std::vector<float> deltas, squared_derivatives, squared_differences;
    double contraction = 0;  // Σ over rows and units of the piece of d² ‖W_j‖²
    double stability = 0;    // Σ over neighbours, too, of (d − d̃)² ‖W_j‖²
    double invariance = 0;   // Σ of (h − h̃)²
  };

  void BeginBatch(Index rows);
  NoisePlace PlaceOfStep(std::int64_t step) const;
  void CorruptInputs();
  void FillNeighbours(std::int64_t step, Index first_row);
  CaeLoss Means(const PieceResult& decoded, const PieceResult& encoded, Index rows) const;
  PieceResult RunPieces(const std::vector<Piece>& pieces,
                        const std::function<PieceResult(const Piece&)>& work);
  // Blocks of the two stacks: the first two, then the neighbours, those of stability first.
  MatrixView Inputs() { return {below_.data(), rows_, inputs_}; }
  MatrixView Residuals() { return {below_.data() + rows_ * inputs_, rows_, inputs_}; }
  MatrixView NeighbourInputs() {
    return {below_.data() + 2 * rows_ * inputs_, neighbours_ * rows_, inputs_};
  }
  MatrixView Deltas() { return {above_.data(), rows_, units_}; }
  MatrixView Codes() { return {above_.data() + rows_ * units_, rows_, units_}; }
  MatrixView NeighbourCodes() {
    return {above_.data() + 2 * rows_ * units_, neighbours_ * rows_, units_};
  }
  MatrixView Targets() {
    return options_.corruption.any() ? MatrixView(targets_.data(), rows_, inputs_) : Inputs();
  }

  // The rounds of pieces, and the work of one piece of each.
  void Encode(const Piece& units);
  double DecodeAndCompare(const Piece& inputs);
  double UpdateDecoderBias(const Piece& inputs);
  void Backpropagate(const Piece& units);
  UnitSums DifferentiateCodes(const Piece& units);
  void DifferentiateRow(Index row, const Piece& units, UnitSums& sums);
  double UpdateEncoder(const Piece& units, const UnitSums& sums);
  double UpdateDecoderWeight(const Piece& inputs);

  LayerParameters& layer_;
  const CaeStepOptions options_;
  const Index units_, inputs_;
  const Index neighbours_;  // of a row
  Optimiser& optimiser_;
  ThreadPool& pool_;
  const std::vector<Piece> unit_pieces_, input_pieces_;
  int weight_ = 0, bias_ = 0, decoder_weight_ = 0, decoder_bias_ = 0;  // numbers of the tensors
  NeighbourRows stability_rows_, invariance_rows_;
  std::int64_t steps_ = 0;

  // Of the current batch. Matrices lie one upon the other, so that the tied gradient
  // δᵀ x + hᵀ r + δ̃ᵀ x̃ is one product of [δ; h; δ̃] and [x; r; x̃].
  Index rows_ = 0;
  Matrix below_;    // x, r = ∂loss/∂(V h + b), inputs of neighbours
  Matrix above_;    // δ = ∂criterion/∂(W x + c), h, codes of neighbours and then their δ
  Matrix targets_;  // what x̂ is compared with; empty where that is x
  Vector squared_norms_;  // ‖W_j‖²
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_CAE_STEP_H_
