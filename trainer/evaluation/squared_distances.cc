#include "trainer/evaluation/squared_distances.h"

#include "core/math/gemm.h"

namespace cae {

NormedRows::NormedRows(ConstMatrixView rows) : rows_(rows), norms_(rows.rows()) {
  for (Index i = 0; i < rows.rows(); ++i) norms_[i] = rows.row(i).cast<double>().squaredNorm();
}

std::vector<RowRange> CutRows(Index rows, Index length) {
  std::vector<RowRange> ranges;
  for (Index first = 0; first < rows; first += length) {
    ranges.push_back({first, std::min(length, rows - first)});
  }
  return ranges;
}

void SquaredDistances(const NormedRows& a, RowRange a_part, const NormedRows& b, RowRange b_part,
                      MatrixView out) {
  Gemm(Transpose::kNo, Transpose::kYes, -2, a.Part(a_part.first, a_part.count),
       b.Part(b_part.first, b_part.count), 0, out);
  for (Index i = 0; i < a_part.count; ++i) {
    const double norm = a.norm(a_part.first + i);
    float* const row = out.row(i).data();
    for (Index j = 0; j < b_part.count; ++j) {
      const double distance = norm + b.norm(b_part.first + j) + row[j];
      row[j] = static_cast<float>(std::max(distance, 0.0));
    }
  }
}

}  // namespace cae
