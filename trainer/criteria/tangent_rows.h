// TangentRows: the tangents of every training row, in half precision.
#ifndef CAE_TRAINER_CRITERIA_TANGENT_ROWS_H_
#define CAE_TRAINER_CRITERIA_TANGENT_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/math/matrix.h"
#include "trainer/criteria/training_noise.h"

namespace cae {

/// `rank` vectors of unit length for each row, as IEEE halves: 1.2 GB for 50,000 rows of 784 inputs
/// at rank 15. Thread-compatible; Set may be called for different rows at a time.
class TangentRows {
 public:
  TangentRows(Index rows, Index rank, Index inputs);

  Index rows() const { return rows_; }
  Index rank() const { return rank_; }

  /// The tangents of a row, [rank, inputs], elements in [−1, 1].
  void Set(Index row, ConstMatrixView directions);

  /// Tangent `k` of a row; `out` has `inputs` elements.
  void Read(Index row, Index k, absl::Span<float> out) const;

  /// Σ_k ±u_k with random signs, combination `number` of the place. For any linear map A,
  /// E ‖A Σ_k ±u_k‖² = Σ_k ‖A u_k‖².
  void Combine(Index row, const NoisePlace& place, Index number, absl::Span<float> out) const;

 private:
  absl::Span<const std::uint16_t> Halves(Index row, Index k) const;

  Index rows_, rank_, inputs_;
  std::vector<std::uint16_t> halves_;  // [rows, rank, inputs]
};

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_TANGENT_ROWS_H_
