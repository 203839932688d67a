#include "core/diagnostics/leading_directions.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "core/math/gram_product.h"
#include "core/math/normal.h"

namespace cae {
namespace {

constexpr Index kMostBasisVectors = 180;
constexpr double kTolerance = 1e-7;
/// A vector of length 1 of which less is left after orthogonalisation lies in the space already.
constexpr double kDependent = 1e-8;
constexpr std::uint64_t kStartSeed = 0xd1a6;

/// Columns, so that a basis grows without moving what it has.
using Columns = Eigen::MatrixXd;

/// An orthonormal basis of a Krylov space, with the images of its vectors under A = WᵀW.
class KrylovBasis {
 public:
  /// Has room for all of it: a block of `start` columns and the row space of the weight.
  KrylovBasis(ConstMatrixView weight, Index start)
      : weight_(weight),
        vectors_(weight.cols(),
                 std::min<Index>({weight.cols(), weight.rows() + start, kMostBasisVectors})),
        images_(vectors_.rows(), vectors_.cols()) {}

  Index size() const { return size_; }
  bool is_full() const { return size_ == vectors_.cols(); }
  auto vectors() const { return vectors_.leftCols(size_); }
  auto images() const { return images_.leftCols(size_); }

  /// Adds what the columns of `block` have beyond the space, and the images of that. Returns how
  /// many vectors that were.
  Index Extend(const Columns& block) {
    const Index before = size_;
    for (Index i = 0; i < block.cols() && !is_full(); ++i) Add(block.col(i));
    const Index added = size_ - before;
    const auto fresh = vectors_.middleCols(before, added);
    images_.middleCols(before, added) = GramProduct(weight_, fresh);
    return added;
  }

 private:
  void Add(VectorD v) {
    const double length = v.norm();
    if (length == 0) return;
    v /= length;
    // Twice is enough (Kahan, Parlett).
    for (int pass = 0; pass < 2; ++pass) {
      v -= vectors() * (vectors().transpose() * v).eval();
    }
    const double left = v.norm();
    if (left > kDependent) vectors_.col(size_++) = v / left;
  }

  const ConstMatrixView weight_;
  Columns vectors_;
  Columns images_;
  Index size_ = 0;
};

Columns StartBlock(Index rows, Index columns) {
  Columns block(rows, columns);
  for (Index i = 0; i < columns; ++i) {
    block.col(i) = StandardNormals(kStartSeed, {static_cast<std::uint64_t>(i), 0}, rows);
  }
  return block;
}

void MakeLargestComponentPositive(Eigen::Ref<Eigen::RowVectorXd> direction) {
  Index largest = 0;
  direction.cwiseAbs().maxCoeff(&largest);
  if (direction[largest] < 0) direction = -direction;
}

}  // namespace

MatrixD LeadingRightSingularVectors(ConstMatrixView weight, Index count) {
  MatrixD directions = MatrixD::Zero(count, weight.cols());
  const Index wanted = std::min(count, weight.cols());
  KrylovBasis basis(weight, wanted);
  Index added = basis.Extend(StartBlock(weight.cols(), wanted));
  while (true) {
    // The Rayleigh quotient of A in the basis; its eigenvalues come in ascending order.
    const Columns quotient = basis.vectors().transpose() * basis.images();
    const Eigen::SelfAdjointEigenSolver<Columns> solver(quotient);
    const Columns leading = solver.eigenvectors().rightCols(wanted).rowwise().reverse();
    const VectorD values = solver.eigenvalues().tail(wanted).reverse();
    const Columns vectors = basis.vectors() * leading;
    const Columns residuals = basis.images() * leading - vectors * values.asDiagonal();
    const bool converged = residuals.colwise().norm().maxCoeff() <= kTolerance * values[0];
    if (converged || basis.is_full() || added == 0) {
      directions.topRows(wanted) = vectors.transpose();
      break;
    }
    added = basis.Extend(basis.images().rightCols(added));
  }
  for (Index i = 0; i < wanted; ++i) MakeLargestComponentPositive(directions.row(i));
  return directions;
}

}  // namespace cae
