#include "trainer/evaluation/frechet_distance.h"

#include <Eigen/Eigenvalues>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/math/gemm.h"
#include "trainer/evaluation/squared_distances.h"

namespace cae {
namespace {

// Rounding leaves small negative eigenvalues of matrices that have none.
VectorD NonNegativeRoots(const VectorD& eigenvalues) { return eigenvalues.cwiseMax(0).cwiseSqrt(); }

}  // namespace

FeatureMoments MomentsOf(ConstMatrixView rows, ThreadPool& pool) {
  constexpr Index kRowsPerBlock = 500, kColumnsPerPiece = 64;
  CAE_CHECK(rows.rows() >= 2, "a covariance needs two rows");
  const Index n = rows.cols();
  FeatureMoments moments;
  moments.mean = VectorD::Zero(n);
  for (Index i = 0; i < rows.rows(); ++i) moments.mean += rows.row(i).transpose().cast<double>();
  moments.mean /= static_cast<double>(rows.rows());
  moments.covariance = MatrixD::Zero(n, n);
  const std::vector<RowRange> pieces = CutRows(n, kColumnsPerPiece);
  Matrix centred;
  for (const RowRange& block : CutRows(rows.rows(), kRowsPerBlock)) {
    centred =
        (Rows(rows, block.first, block.count).cast<double>().rowwise() - moments.mean.transpose())
            .cast<float>();
    pool.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
      const RowRange piece = pieces[p];
      Matrix products(piece.count, n);
      Gemm(Transpose::kYes, Transpose::kNo, 1, centred.middleCols(piece.first, piece.count),
           centred, 0, products);
      moments.covariance.middleRows(piece.first, piece.count) += products.cast<double>();
    });
  }
  moments.covariance /= static_cast<double>(rows.rows() - 1);
  return moments;
}

FrechetReference::FrechetReference(FeatureMoments moments) : moments_(std::move(moments)) {
  const Eigen::SelfAdjointEigenSolver<MatrixD> solver(moments_.covariance);
  root_ = solver.eigenvectors() * NonNegativeRoots(solver.eigenvalues()).asDiagonal() *
          solver.eigenvectors().transpose();
}

double FrechetReference::DistanceTo(const FeatureMoments& other) const {
  CAE_CHECK(other.mean.size() == moments_.mean.size(), "moments of the same features");
  const MatrixD product = root_ * other.covariance * root_;
  const Eigen::SelfAdjointEigenSolver<MatrixD> solver(0.5 * (product + product.transpose()),
                                                      Eigen::EigenvaluesOnly);
  return (moments_.mean - other.mean).squaredNorm() + moments_.covariance.trace() +
         other.covariance.trace() - 2 * NonNegativeRoots(solver.eigenvalues()).sum();
}

}  // namespace cae
