// ChainStepper: one transition of many chains at once, in the precision of the model's products.
#ifndef CAE_CORE_SAMPLING_CHAIN_STEPPER_H_
#define CAE_CORE_SAMPLING_CHAIN_STEPPER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/base/mutex.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/model/autoencoder.h"
#include "core/tangents/tangent_solver.h"

namespace cae {

/// Which transition of which chain a row is about to make, and with how much noise.
struct ChainRow {
  std::uint64_t seed = 0;
  std::uint64_t chain = 0;  ///< < 2^48
  std::uint64_t step = 0;   ///< number of the transition, from 0; < 2^48
  float noise_stddev = 1;   ///< σ ≥ 0
};

/// x_t = g( f(x_{t−1}) + J Jᵀ ε ), the process of ReferenceChain (see there for both kinds), for
/// any number of chains of any jobs in one pass through the products.
///
/// **Batch invariance.** The bits of a row's new state depend on its old state, its ChainRow, the
/// rank, the model and the instruction set alone: not on the rows beside it nor on how a batch is
/// cut.
///
/// Immutable to the outside and thread-safe; each calling thread brings its own Workspace. Scratch
/// is kept from call to call, as much as there were calls at a time. Refers to the model, which
/// must outlive it.
class ChainStepper {
 public:
  ChainStepper(const Autoencoder& model, SampleProcess process);
  ~ChainStepper();
  ChainStepper(const ChainStepper&) = delete;
  ChainStepper& operator=(const ChainStepper&) = delete;

  /// Units of a state: the input's (kComposed) or those of layer L − 1 (kTopLayer).
  Index state_units() const { return model_.units(first_layer_ - 1); }
  Index code_units() const { return model_.code_units(); }

  /// The states that chains started at the inputs begin with: [n, input_units()] → [n,
  /// state_units()].
  void InitialStates(ConstMatrixView inputs, MatrixView states, Workspace& workspace) const;

  /// Makes transition rows[i] of row i. `states`, [n, state_units()], is replaced; `codes`, [n,
  /// code_units()], takes the perturbed codes that were decoded. Rank 0 is the whole Jacobian, k ≤
  /// min(state_units(), code_units()) its k leading singular directions. The yield point is called
  /// before every product; its error ends the call with that error, and then `states` and `codes`
  /// hold some new and some old rows.
  absl::Status Step(absl::Span<const ChainRow> rows, Index rank, MatrixView states,
                    MatrixView codes, Workspace& workspace, YieldPoint yield_point) const;

  /// What states look like in input space: themselves, or decoded to it, [n, input_units()].
  void Outputs(ConstMatrixView states, MatrixView outputs, Workspace& workspace) const;

 private:
  struct Scratch;

  std::unique_ptr<Scratch> TakeScratch() const;
  void KeepScratch(std::unique_ptr<Scratch> scratch) const;
  absl::Status StepSome(absl::Span<const ChainRow> rows, Index rank, MatrixView states,
                        MatrixView codes, Scratch& scratch, Workspace& workspace,
                        YieldPoint yield_point) const;
  /// J Jᵀ ε / σ of each row, which stands at `states`, into scratch.displacement.
  absl::Status Displace(absl::Span<const ChainRow> rows, Index rank, ConstMatrixView states,
                        Scratch& scratch, Workspace& workspace, YieldPoint yield_point) const;

  const Autoencoder& model_;
  const int first_layer_;  ///< the layers that a step encodes and decodes: first_layer_ to L
  const TangentSolver tangents_;
  mutable Mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_CORE_SAMPLING_CHAIN_STEPPER_H_
