// NeighbourRows: rows near those of a batch, where a criterion looks at a layer once more.
#ifndef CAE_TRAINER_CRITERIA_NEIGHBOUR_ROWS_H_
#define CAE_TRAINER_CRITERIA_NEIGHBOUR_ROWS_H_

#include <vector>

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/training_noise.h"

namespace cae {

/// A penalty on how much a layer changes from a row to rows near it.
struct NeighbourPenalty {
  double weight = 0;        ///< ≥ 0; 0 = none
  int copies = 1;           ///< neighbours of a row a step, ≥ 1
  double noise_stddev = 1;  ///< σ of what moves them, > 0

  int rows_per_row() const { return weight > 0 ? copies : 0; }
};

/// Draws neighbours: x + σ ε with ε ~ N(0, I), or, over a layer below whose codes the rows x are,
/// x + J Jᵀ σ ε, a step of the sampling process of that layer; J Jᵀ ε = d ⊙ (G (d ⊙ ε)) with
/// G = W Wᵀ and d = s'(a) from the codes. Thread-compatible.
class NeighbourRows {
 public:
  /// `below` = nullptr for the first kind; not used after construction. The pool must outlive it.
  NeighbourRows(const NeighbourPenalty& penalty, const DenseParameters* below, ThreadPool& pool);

  /// Row k n + i of `out`, [copies n, inputs], becomes neighbour k of row i of `rows`, [n, inputs],
  /// which has number first_row + i at that place.
  void Fill(const NoisePlace& place, Index first_row, ConstMatrixView rows, MatrixView out);

 private:
  void MoveWithLayerBelow(ConstMatrixView rows, MatrixView out);

  const int copies_;
  const float noise_stddev_;
  const RandomUse use_;
  ThreadPool& pool_;
  Activation activation_ = Activation::kIdentity;  // of the layer below
  Matrix gram_;                                    // empty without a layer below
  Matrix scaled_noise_;                            // d ⊙ ε
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_NEIGHBOUR_ROWS_H_
