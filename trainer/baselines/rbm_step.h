// RbmStep: one step of the ascent of an RBM's likelihood on a batch of rows, its gradient estimated
// by Gibbs chains.
#ifndef CAE_TRAINER_BASELINES_RBM_STEP_H_
#define CAE_TRAINER_BASELINES_RBM_STEP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/base/state_archive.h"
#include "trainer/baselines/rbm.h"
#include "trainer/criteria/pieces.h"
#include "trainer/optimiser/optimiser.h"

namespace cae {

/// How the gradient is estimated.
struct RbmStepOptions {
  /// True: the chains go on from step to step (persistent contrastive divergence, Tieleman, ICML
  /// 2008). False: they start at the batch (contrastive divergence, Hinton 2002).
  bool persistent = true;
  int gibbs_steps = 1;  ///< k ≥ 1 transitions of the chains a step
  Index chains = 100;   ///< of persistent chains
  bool centred = true;  ///< the centred gradient, which is less ill-conditioned (see RbmStep)
  bool binary_inputs = false;  ///< rows are drawn by their means anew each time, else taken as are
  double weight_decay = 0;     ///< of ½ weight_decay ‖W‖²
  double sparsity_cost = 0;    ///< pulls the mean of each hidden unit over a batch ...
  double sparsity_target = 0.1;  ///< ... towards this
  std::uint64_t seed = 0;
  std::uint64_t stage = 0;  ///< tells the noise of several machines apart, < 256
};

/// What a step says about its batch.
struct RbmStepResult {
  double free_energy = 0;        ///< mean of F(v) over the batch, before the step
  double chain_free_energy = 0;  ///< mean over the states of the chains
  double gradient_norm = 0;
  bool finite = true;  ///< false: a gradient overflowed and the parameters with it
};

/// Ascends the mean log-likelihood of the rows, ∂/∂W = E_data[h vᵀ] − E_model[h vᵀ], the hidden
/// units at their means given v, v in the data as it is, v in the chains binary. Centred
/// (Montavon and Müller 2012; Melchior, Fischer, Wiskott, JMLR 2016, algorithm 1):
///   ∇W = E_data[(h − λ)(v − μ)ᵀ] − E_model[the same],
///   ∇b = E_data[v] − E_model[v] − ∇Wᵀ λ,  ∇c = E_data[h] − E_model[h] − ∇W μ,
/// with μ the mean of the data and λ a moving mean of the hidden units over batches. Sparsity as in
/// Hinton, "A practical guide to training restricted Boltzmann machines" (2010), section 11.
///
/// Work is cut into pieces of columns as in CaeStep, so that the bits of the result do not depend
/// on the number of threads. Thread-compatible. Changes the machine in place; machine, optimiser
/// and pool must outlive it.
class RbmStep {
 public:
  /// At most `max_rows` rows a batch. `mean` is that of the data.
  RbmStep(Rbm& rbm, const Vector& mean, const RbmStepOptions& options, Index max_rows,
          Optimiser& optimiser, ThreadPool& pool);

  /// One step on these rows of `data`, at most max_rows.
  RbmStepResult Ascend(ConstMatrixView data, absl::Span<const Index> rows, double learning_rate);

  /// Chains, moving means, the number of steps: all that the next step depends on beside the
  /// machine and the optimiser.
  void Exchange(StateArchive& archive);

 private:
  struct PieceResult {
    double data = 0, chains = 0;  // of the free energies
    double squared_gradient = 0;
  };
  // What noise is drawn for; part of its counter.
  enum class Draw : std::uint32_t { kHidden, kVisible, kInput };

  // Rows of the chains lie above those of the batch in all matrices, so that the gradient is one
  // product of all rows.
  Index all_rows() const { return chains_ + batch_; }
  MatrixView Visible() { return {visible_.data(), all_rows(), inputs_}; }
  MatrixView Hidden() { return {hidden_.data(), all_rows(), units_}; }

  PieceResult RunPieces(const std::vector<Piece>& pieces,
                        const std::function<PieceResult(const Piece&, int)>& work);
  void BeginBatch(ConstMatrixView data, absl::Span<const Index> rows);
  void DrawPart(Draw what, Index row, const Piece& piece, MatrixView means, MatrixView draws);
  // The means of a piece of hidden units for rows [first, first + count); the sum of their
  // softplus.
  double HiddenMeansOf(const Piece& units, Index first, Index count);
  void DrawHidden(const Piece& units, Index first_of_means);
  void DrawVisible(const Piece& inputs);
  double UpdateUnits(const Piece& units, int piece);
  PieceResult UpdateInputs(const Piece& inputs);

  Rbm& rbm_;
  const Vector mean_;  // μ
  const RbmStepOptions options_;
  const Index units_, inputs_;
  Optimiser& optimiser_;
  ThreadPool& pool_;
  const std::vector<Piece> unit_pieces_, input_pieces_;
  int weight_ = 0, bias_ = 0, visible_bias_ = 0;  // numbers of the tensors
  std::int64_t noise_step_ = 0;                   // transitions so far

  Index chains_ = 0, batch_ = 0;  // rows of each
  Matrix visible_;                // [chains; batch]
  Matrix hidden_;                 // means; at the end of a step what the gradient takes of them
  Matrix states_;                 // binary hidden states of the chains
  Vector hidden_offset_;          // λ
  Matrix offset_parts_;           // ∇Wᵀ λ of each piece of units
  std::vector<float> zeros_;
};

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_RBM_STEP_H_
