#include "trainer/baselines/rbm.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/math/gemm.h"
#include "core/math/vector_math.h"

namespace cae {
namespace {

constexpr Index kRowsPerPiece = 256;

template <typename Work>
void ForPiecesOfRows(Index rows, ThreadPool& pool, const Work& work) {
  pool.ParallelFor(static_cast<int>((rows + kRowsPerPiece - 1) / kRowsPerPiece), [&](int piece) {
    const Index first = piece * kRowsPerPiece;
    work(first, std::min(kRowsPerPiece, rows - first));
  });
}

absl::Span<const float> Elements(const Vector& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

absl::Span<float> Row(Matrix& matrix, Index row) {
  return {matrix.row(row).data(), static_cast<std::size_t>(matrix.cols())};
}

}  // namespace

Matrix VisibleMeans(const Rbm& rbm, ConstMatrixView hidden, ThreadPool& pool) {
  Matrix means(hidden.rows(), rbm.visible_units());
  ForPiecesOfRows(hidden.rows(), pool, [&](Index first, Index count) {
    Gemm(Transpose::kNo, Transpose::kNo, 1, hidden.middleRows(first, count), rbm.hidden.weight, 0,
         means.middleRows(first, count));
    for (Index i = first; i < first + count; ++i) {
      AddBiasAndActivate(Activation::kLogistic, Elements(rbm.visible_bias), Row(means, i));
    }
  });
  return means;
}

VectorD FreeEnergies(const Rbm& rbm, ConstMatrixView visible, ThreadPool& pool) {
  Matrix sums(visible.rows(), rbm.units());
  VectorD energies(visible.rows());
  const std::vector<float> zeros(rbm.units());
  ForPiecesOfRows(visible.rows(), pool, [&](Index first, Index count) {
    Gemm(Transpose::kNo, Transpose::kYes, 1, visible.middleRows(first, count), rbm.hidden.weight, 0,
         sums.middleRows(first, count));
    for (Index i = first; i < first + count; ++i) {
      energies[i] = -visible.row(i).cast<double>().dot(rbm.visible_bias.cast<double>()) -
                    LogisticLoss(Elements(rbm.hidden.bias), zeros, Row(sums, i));
    }
  });
  return energies;
}

void ExchangeRbm(absl::string_view name, Rbm& rbm, StateArchive& archive) {
  archive.Floats(absl::StrCat(name, ".weight"), rbm.hidden.weight);
  archive.Floats(absl::StrCat(name, ".hidden_bias"), rbm.hidden.bias);
  archive.Floats(absl::StrCat(name, ".visible_bias"), rbm.visible_bias);
}

}  // namespace cae
