// The matrix types that cross the borders of our libraries. Row-major, one example a row, as on the
// wire and in files.
//
// They are Eigen's, so that small algebra is written as algebra. Hot products do not go through
// Eigen: see core/math/packed_dense.h and docs/decisions/0001-onednn-for-products.md.
#ifndef CAE_CORE_MATH_MATRIX_H_
#define CAE_CORE_MATH_MATRIX_H_

#include <Eigen/Core>
#include <cstdint>

namespace cae {

using Index = Eigen::Index;  ///< signed, 64 bits

template <typename Scalar>
using MatrixOf = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename Scalar>
using VectorOf = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

using Matrix = MatrixOf<float>;
using Vector = VectorOf<float>;
using MatrixD = MatrixOf<double>;  ///< reference computations and decompositions
using VectorD = VectorOf<double>;

/// Views of rows that lie one after the other without gaps. They own nothing.
using MatrixView = Eigen::Map<Matrix>;
using ConstMatrixView = Eigen::Map<const Matrix>;
using VectorView = Eigen::Map<Vector>;
using ConstVectorView = Eigen::Map<const Vector>;

inline MatrixView View(Matrix& matrix) { return {matrix.data(), matrix.rows(), matrix.cols()}; }
inline ConstMatrixView View(const Matrix& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols()};
}

/// Rows [first, first + count) of a view, as a view.
inline MatrixView Rows(MatrixView view, Index first, Index count) {
  return {view.data() + first * view.cols(), count, view.cols()};
}
inline ConstMatrixView Rows(ConstMatrixView view, Index first, Index count) {
  return {view.data() + first * view.cols(), count, view.cols()};
}

}  // namespace cae

#endif  // CAE_CORE_MATH_MATRIX_H_
