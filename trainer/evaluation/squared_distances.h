// SquaredDistances: between all pairs of rows of two matrices, by a product.
#ifndef CAE_TRAINER_EVALUATION_SQUARED_DISTANCES_H_
#define CAE_TRAINER_EVALUATION_SQUARED_DISTANCES_H_

#include <algorithm>
#include <vector>

#include "core/math/matrix.h"

namespace cae {

/// Rows with their ‖x‖², computed in double once. A view: the rows must outlive it.
class NormedRows {
 public:
  explicit NormedRows(ConstMatrixView rows);

  Index rows() const { return rows_.rows(); }
  Index units() const { return rows_.cols(); }
  /// Rows [first, first + count).
  ConstMatrixView Part(Index first, Index count) const { return Rows(rows_, first, count); }
  double norm(Index row) const { return norms_[row]; }

 private:
  ConstMatrixView rows_;
  VectorD norms_;
};

/// A range of rows.
struct RowRange {
  Index first = 0;
  Index count = 0;
};

/// Ranges of at most `length` rows that cover `rows`; how work is cut without looking at the number
/// of threads.
std::vector<RowRange> CutRows(Index rows, Index length);

/// out[i, j] = ‖a_i − b_j‖² = ‖a_i‖² + ‖b_j‖² − 2 a_i·b_j, never below 0, [a_part.count,
/// b_part.count]. The product is float32: off by some 1e-6 of the squared norms, which for images
/// of 784 pixels in [0, 1] is 1e-4. On the calling thread. Thread-safe.
void SquaredDistances(const NormedRows& a, RowRange a_part, const NormedRows& b, RowRange b_part,
                      MatrixView out);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_SQUARED_DISTANCES_H_
