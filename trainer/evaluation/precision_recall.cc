#include "trainer/evaluation/precision_recall.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace cae {
namespace {

constexpr Index kRowsPerPiece = 200;
constexpr Index kRowsPerBlock = 1000;

// Keeps the smallest numbers that it has seen, ascending.
void Keep(float distance, std::vector<float>& smallest) {
  if (!(distance < smallest.back())) return;
  smallest.back() = distance;
  for (std::size_t i = smallest.size() - 1; i > 0 && smallest[i] < smallest[i - 1]; --i) {
    std::swap(smallest[i], smallest[i - 1]);
  }
}

}  // namespace

FeatureRegion::FeatureRegion(ConstMatrixView features, int neighbours, ThreadPool& pool)
    : features_(features), squared_radii_(features.rows()) {
  CAE_CHECK(neighbours >= 1 && features.rows() > neighbours,
            absl::StrCat(features.rows(), " rows of ", neighbours, " neighbours each"));
  const std::vector<RowRange> pieces = CutRows(features_.rows(), kRowsPerPiece);
  const std::vector<RowRange> blocks = CutRows(features_.rows(), kRowsPerBlock);
  pool.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
    const RowRange piece = pieces[p];
    std::vector<std::vector<float>> nearest(
        piece.count, std::vector<float>(neighbours, std::numeric_limits<float>::infinity()));
    Matrix room(piece.count, kRowsPerBlock);
    for (const RowRange& block : blocks) {
      const MatrixView distances(room.data(), piece.count, block.count);
      SquaredDistances(features_, piece, features_, block, distances);
      for (Index i = 0; i < piece.count; ++i) {
        const Index itself = piece.first + i - block.first;
        for (Index j = 0; j < block.count; ++j) {
          if (j != itself) Keep(distances(i, j), nearest[i]);
        }
      }
    }
    for (Index i = 0; i < piece.count; ++i) squared_radii_[piece.first + i] = nearest[i].back();
  });
}

double FeatureRegion::Covers(const NormedRows& points, ThreadPool& pool) const {
  const std::vector<RowRange> pieces = CutRows(points.rows(), kRowsPerPiece);
  const std::vector<RowRange> blocks = CutRows(features_.rows(), kRowsPerBlock);
  std::vector<Index> covered(pieces.size(), 0);
  pool.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
    const RowRange piece = pieces[p];
    std::vector<std::uint8_t> inside(piece.count, 0);
    Matrix room(piece.count, kRowsPerBlock);
    for (const RowRange& block : blocks) {
      const MatrixView distances(room.data(), piece.count, block.count);
      SquaredDistances(points, piece, features_, block, distances);
      const auto radii = squared_radii_.segment(block.first, block.count).transpose().array();
      for (Index i = 0; i < piece.count; ++i) {
        if (inside[i] == 0) inside[i] = (distances.row(i).array() <= radii).any() ? 1 : 0;
      }
    }
    covered[p] = std::accumulate(inside.begin(), inside.end(), Index{0});
  });
  return static_cast<double>(std::accumulate(covered.begin(), covered.end(), Index{0})) /
         static_cast<double>(points.rows());
}

PrecisionRecall MeasurePrecisionRecall(const FeatureRegion& real, const FeatureRegion& generated,
                                       ThreadPool& pool) {
  return {real.Covers(generated.features(), pool), generated.Covers(real.features(), pool)};
}

}  // namespace cae
