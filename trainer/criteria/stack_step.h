// StackStep: the CAE criterion of a whole stack of layers on a batch of rows, and one step of its
// descent; with walkback, an extension.
#ifndef CAE_TRAINER_CRITERIA_STACK_STEP_H_
#define CAE_TRAINER_CRITERIA_STACK_STEP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/pieces.h"
#include "trainer/criteria/training_noise.h"
#include "trainer/optimiser/optimiser.h"

namespace cae {

/// Chains of the sampler's own kind within training (the idea of Bengio, Yao, Alain, Vincent, NIPS
/// 2013, with the noise of the contractive sampler). Each of the batch's places holds a chain: a
/// step makes one transition x ← g(f(x) + J Jᵀ ε), and x is compared with the row where the chain
/// began. Then it goes on with `probability`, else the place takes the next row. State and noise
/// are constants for the gradient.
struct Walkback {
  double noise_stddev = 0;   ///< of ε; 0 = no walkback: every row is fresh, no noise is added
  double probability = 0.5;  ///< [0, 1)
};

struct StackStepOptions {
  std::vector<double> contractions;  ///< λ_l ≥ 0 of each layer
  Walkback walkback;
  Corruption corruption;  ///< of what the encoder reads
  Index max_rows = 100;   ///< rows a batch, at most
  std::uint64_t seed = 0;
  std::uint64_t stage = 0;  ///< tells the noise of stages apart; < 2^8
};

/// Means over rows.
struct StackLoss {
  double reconstruction = 0;  ///< L(x, g(f(x))) through all layers
  double penalty = 0;         ///< Σ_l λ_l ‖J_l‖²_F
  double gradient_norm = 0;   ///< over all parameters; 0 where nothing descends
  bool finite = true;         ///< false: a loss or a gradient overflowed
};

/// Descends the mean over rows of L(x, g(f(x))) + Σ_l λ_l ‖J_l(h_{l−1})‖²_F for the whole stack,
/// f = f_L∘…∘f_1, g = g_1∘…∘g_L. Each layer's own Jacobian is contracted, not their product: it is
/// what the layers were contracted by before, it bounds the product (‖J_2 J_1‖ ≤ ‖J_2‖ ‖J_1‖), and
/// it costs 2 h operations a row where the product costs 1.6 GFLOP.
///
/// Works in pieces as CaeStep does, so the bits of the result do not depend on the number of
/// threads. Thread-compatible. Changes the layers in place; layers, optimiser and pool must outlive
/// it.
class StackStep {
 public:
  StackStep(std::vector<LayerParameters>& layers, const StackStepOptions& options,
            Optimiser& optimiser, ThreadPool& pool);

  /// One step on these rows of `data`, at most max_rows; the loss is that before the step. With
  /// walkback a place whose chain goes on leaves its row out.
  StackLoss Descend(ConstMatrixView data, absl::Span<const Index> rows, double learning_rate);

  /// The loss over all rows of `data` as they are, without noise; nothing changes.
  StackLoss Measure(ConstMatrixView data);

  /// What the next step depends on beside parameters and optimiser: its noise and the chains.
  void Exchange(StateArchive& archive);

 private:
  struct Level {
    LayerParameters* layer;
    float contraction;
    std::vector<Piece> unit_pieces, input_pieces;
    int weight = 0, bias = 0, decoder_bias = 0, decoder_weight = 0;  // numbers of the tensors
    // As in CaeStep, so that the tied gradient is one product.
    Matrix below;          // what the encoder reads above ∂loss/∂(V ĥ + b)
    Matrix above;          // ∂criterion/∂(W h + c) above what the decoder reads, ĥ
    Matrix noise;          // J Jᵀ ε on its way; empty without walkback
    Vector squared_norms;  // ‖W_j‖²
    std::vector<float> delta_sums, squared_sums;  // over rows (code_gradient.h)
  };
  using PieceWork = std::function<double(const Piece&)>;

  MatrixView Upper(Matrix& stack) { return {stack.data(), rows_, stack.cols()}; }
  MatrixView Lower(Matrix& stack) {
    return {stack.data() + rows_ * stack.cols(), rows_, stack.cols()};
  }
  MatrixView Inputs(std::size_t l) { return Upper(levels_[l].below); }
  MatrixView OutputDeltas(std::size_t l) { return Lower(levels_[l].below); }
  MatrixView Deltas(std::size_t l) { return Upper(levels_[l].above); }
  MatrixView Decoded(std::size_t l) { return Lower(levels_[l].above); }
  MatrixView Codes(std::size_t l) {
    return l + 1 < levels_.size() ? Inputs(l + 1) : Upper(top_codes_);
  }

  double RunPieces(const std::vector<Piece>& pieces, const PieceWork& work);
  void TakeRows(ConstMatrixView data, absl::Span<const Index> rows);
  void CorruptInputs();
  void Encode(std::size_t l);
  void AddNoise();
  /// noise ⊙ s'(a_l), elementwise.
  void ScaleNoise(std::size_t l, const Piece& units);
  /// Returns the sum of the losses of the rows.
  double DecodeAndCompare();
  double CompareOutputs(const Piece& inputs);
  /// Fills deltas from the outputs to the inputs and returns the sum of the penalties.
  double Backpropagate();
  double Differentiate(std::size_t l, const Piece& units);
  /// Each returns Σ g² (Optimiser::Update).
  double Update();
  double UpdateEncoder(Level& level, const Piece& units);
  double UpdateDecoder(Level& level, const Piece& inputs);

  const StackStepOptions options_;
  Optimiser& optimiser_;
  ThreadPool& pool_;
  std::vector<Level> levels_;
  std::int64_t steps_ = 0;
  Index rows_ = 0;
  Matrix top_codes_;
  Matrix input_noise_;  // Jᵀ ε; empty without walkback
  Matrix targets_;      // the rows that outputs are compared with
  // The chains, one a place of the batch; empty without walkback.
  Matrix outputs_;
  std::int64_t chains_ = 0;  // places that have one
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_STACK_STEP_H_
