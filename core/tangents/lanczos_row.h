// LanczosRow: the Lanczos runs that find the leading eigenvectors of A = J Jᵀ (or Jᵀ J) at one
// point.
#ifndef CAE_CORE_TANGENTS_LANCZOS_ROW_H_
#define CAE_CORE_TANGENTS_LANCZOS_ROW_H_

#include <cstdint>

#include "core/math/matrix.h"
#include "core/tangents/ritz_values.h"

namespace cae {

/// One point's state. The caller multiplies: it takes current(), computes A current() together with
/// the vectors of other points, and gives the product to Absorb(), until the state is no longer
/// kRunning. Everything is decided from this point's own numbers.
///
/// Round 0 runs Lanczos, with one full reorthogonalisation pass, from a fixed vector until the
/// `rank` leading Ritz values have converged, and locks their vectors. Each later round runs from a
/// fresh fixed vector in the complement of what is locked: if ten steps there find no value above
/// the smallest locked one, the triplets are the leading ones and the point is done; otherwise the
/// run goes on, and the leading ones of both are locked. A run whose Krylov space is exhausted goes
/// on with a fresh vector orthogonal to it.
///
/// Thread-compatible. The memory of vectors is the caller's.
class LanczosRow {
 public:
  enum class State {
    kRunning,
    kConverged,  ///< vectors() are the leading ones
    kFailed,     ///< values too small for float, not finite, or too slow
  };

  /// Steps that a run may take before it fails.
  static Index MaxSteps(Index size, Index rank);
  /// Floats that `memory` of Start() must hold.
  static Index MemoryFloats(Index size, Index rank);

  /// Begins a point: vectors of `size` elements, 1 ≤ rank ≤ size. Residuals r/(σ_i σ_1) of round 0
  /// end below a third of `tolerance`.
  void Start(Index size, Index rank, double tolerance, float* memory);

  State state() const { return state_; }
  /// [size]: what to multiply next.
  const float* current() const { return Basis(locked_ + steps_); }
  /// product: A current(), [size].
  void Absorb(const float* product);

  /// Row i, [stride]: the eigenvector of the i-th largest value. kConverged only.
  const float* vectors() const { return basis_; }
  float* vectors() { return basis_; }  ///< for better ones
  Index stride() const { return stride_; }
  int products() const { return products_; }  ///< absorbed since Start()

 private:
  float* Basis(Index i) const { return basis_ + i * stride_; }
  void BeginRun();
  /// Writes the next fixed vector, orthogonal to the first `count` of the basis, behind them. False
  /// if they span everything.
  bool AddFreshVector(Index count);
  void Extend();
  void Judge();
  bool IsTimeToJudge() const;
  /// How many of the run's Ritz values are among the `rank` leading ones of run and locked.
  Index LeadingOfRun(const RitzValues& ritz) const;
  void Lock(const RitzValues& ritz, Index from_run);

  Index size_ = 0, stride_ = 0, rank_ = 0;
  double residual_ = 0;
  State state_ = State::kFailed;
  int products_ = 0;
  std::uint64_t fresh_vectors_ = 0;
  float* basis_ = nullptr;     ///< locked vectors, then the run's
  float* inner_ = nullptr;     ///< inner products with the basis
  float* combined_ = nullptr;  ///< [rank, stride]: new locked vectors on their way
  Index locked_ = 0;           ///< 0 or rank
  VectorD locked_values_;      ///< [locked], descending
  int round_ = 0;
  Index steps_ = 0;       ///< of the run, products absorbed
  VectorD alpha_, beta_;  ///< of the run's tridiagonal matrix
  double scale_ = 0;      ///< largest |α| + β seen: about θ_1
  bool exhausted_ = false;
};

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_LANCZOS_ROW_H_
