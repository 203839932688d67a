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

/// A view of rows that lie one after the other without gaps. It owns nothing; a Matrix turns into
/// one by itself. Assigning to a view copies elements, as with every Eigen expression.
class MatrixView : public Eigen::Map<Matrix> {
 public:
  using Base = Eigen::Map<Matrix>;
  using Base::operator=;
  MatrixView(float* data, Index rows, Index cols) : Base(data, rows, cols) {}
  MatrixView(Matrix& matrix) : Base(matrix.data(), matrix.rows(), matrix.cols()) {}  // NOLINT
  MatrixView(const MatrixView&) = default;
  MatrixView& operator=(const MatrixView&) = default;
};

/// The same, for reading.
class ConstMatrixView : public Eigen::Map<const Matrix> {
 public:
  using Base = Eigen::Map<const Matrix>;
  ConstMatrixView(const float* data, Index rows, Index cols) : Base(data, rows, cols) {}
  ConstMatrixView(const Matrix& matrix)  // NOLINT(google-explicit-constructor)
      : Base(matrix.data(), matrix.rows(), matrix.cols()) {}
  ConstMatrixView(const MatrixView& view)  // NOLINT(google-explicit-constructor)
      : Base(view.data(), view.rows(), view.cols()) {}
};

/// Rows [first, first + count) of a view, as a view.
inline MatrixView Rows(MatrixView view, Index first, Index count) {
  return {view.data() + first * view.cols(), count, view.cols()};
}
inline ConstMatrixView Rows(ConstMatrixView view, Index first, Index count) {
  return {view.data() + first * view.cols(), count, view.cols()};
}

/// A block of a matrix whose rows may have gaps between them, as general products take it. It owns
/// nothing.
using ConstMatrixRef = Eigen::Ref<const Matrix>;
using MatrixRef = Eigen::Ref<Matrix>;

}  // namespace cae

#endif  // CAE_CORE_MATH_MATRIX_H_
