#include "trainer/evaluation/parzen.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/check.h"
#include "trainer/evaluation/squared_distances.h"

namespace cae {
namespace {

constexpr Index kRowsPerPiece = 100;
constexpr Index kSamplesPerBlock = 1000;
// Terms that are smaller by e^−40 than the largest are below the last place of a double sum.
constexpr double kNegligible = 40;

// log Σ exp(e), one batch of exponents e after the other.
class LogSumExp {
 public:
  // Exponents −factor · distances.
  void Add(absl::Span<const float> distances, double factor) {
    const double largest = -factor * *std::min_element(distances.begin(), distances.end());
    if (largest > largest_) {
      sum_ *= std::exp(largest_ - largest);
      largest_ = largest;
    }
    const double farthest = (kNegligible - largest_) / factor;
    for (const float distance : distances) {
      if (distance < farthest) sum_ += std::exp(-factor * distance - largest_);
    }
  }
  double Value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

}  // namespace

std::vector<double> ParzenBandwidths() {
  std::vector<double> bandwidths(10);
  for (std::size_t i = 0; i < bandwidths.size(); ++i) {
    bandwidths[i] = std::pow(10, -1 + static_cast<double>(i) / 9);
  }
  return bandwidths;
}

MatrixD ParzenLogLikelihoods(ConstMatrixView samples, ConstMatrixView rows,
                             absl::Span<const double> bandwidths, ThreadPool& pool) {
  CAE_CHECK(samples.rows() > 0 && samples.cols() == rows.cols(), "samples of the rows' width");
  const NormedRows normed_samples(samples), normed_rows(rows);
  const std::vector<RowRange> pieces = CutRows(rows.rows(), kRowsPerPiece);
  const std::vector<RowRange> blocks = CutRows(samples.rows(), kSamplesPerBlock);
  const auto widths = static_cast<Index>(bandwidths.size());
  MatrixD result(rows.rows(), widths);
  pool.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
    const RowRange piece = pieces[p];
    std::vector<LogSumExp> sums(piece.count * widths);
    Matrix room(piece.count, kSamplesPerBlock);
    for (const RowRange& block : blocks) {
      const MatrixView distances(room.data(), piece.count, block.count);
      SquaredDistances(normed_rows, piece, normed_samples, block, distances);
      for (Index i = 0; i < piece.count; ++i) {
        const absl::Span<const float> row(distances.row(i).data(), block.count);
        for (Index w = 0; w < widths; ++w) {
          sums[i * widths + w].Add(row, 0.5 / (bandwidths[w] * bandwidths[w]));
        }
      }
    }
    for (Index i = 0; i < piece.count; ++i) {
      for (Index w = 0; w < widths; ++w) {
        const double variance = bandwidths[w] * bandwidths[w];
        result(piece.first + i, w) =
            sums[i * widths + w].Value() - std::log(static_cast<double>(samples.rows())) -
            0.5 * static_cast<double>(rows.cols()) * std::log(2 * EIGEN_PI * variance);
      }
    }
  });
  return result;
}

ParzenScore ScoreByParzen(ConstMatrixView samples, ConstMatrixView choice_rows,
                          ConstMatrixView test_rows, ThreadPool& pool) {
  const std::vector<double> bandwidths = ParzenBandwidths();
  const MatrixD choices = ParzenLogLikelihoods(samples, choice_rows, bandwidths, pool);
  Index best = 0;
  choices.colwise().mean().maxCoeff(&best);
  ParzenScore score;
  score.bandwidth = bandwidths[best];
  score.at_edge = best == 0 || best + 1 == static_cast<Index>(bandwidths.size());
  const MatrixD values = ParzenLogLikelihoods(samples, test_rows, {&score.bandwidth, 1}, pool);
  score.log_likelihood = EstimateMean({values.data(), static_cast<std::size_t>(values.size())});
  return score;
}

}  // namespace cae
