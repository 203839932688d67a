#include "trainer/model/input_scaling.h"

#include <algorithm>
#include <cmath>

namespace cae {

InputScaling MeasureScaling(ConstMatrixView rows, double minimum_stddev) {
  VectorD sums = VectorD::Zero(rows.cols()), squares = VectorD::Zero(rows.cols());
  const auto count = static_cast<double>(rows.rows());
  for (Index i = 0; i < rows.rows(); ++i) sums += rows.row(i).cast<double>().transpose();
  const VectorD mean = sums / count;
  for (Index i = 0; i < rows.rows(); ++i) {
    squares += (rows.row(i).cast<double>().transpose() - mean).cwiseAbs2();
  }
  InputScaling scaling;
  scaling.offset = mean.cast<float>();
  scaling.scale = squares.unaryExpr([&](double sum) {
    return static_cast<float>(1 / std::max(std::sqrt(sum / count), minimum_stddev));
  });
  return scaling;
}

Matrix Scaled(const InputScaling& scaling, ConstMatrixView rows, ThreadPool& pool) {
  constexpr Index kRowsPerPiece = 1024;
  Matrix scaled(rows.rows(), rows.cols());
  const auto pieces = static_cast<int>((rows.rows() + kRowsPerPiece - 1) / kRowsPerPiece);
  pool.ParallelFor(pieces, [&](int piece) {
    const Index first = piece * kRowsPerPiece;
    const Index count = std::min(kRowsPerPiece, rows.rows() - first);
    scaled.middleRows(first, count) =
        ((rows.middleRows(first, count).rowwise() - scaling.offset.transpose()).array().rowwise() *
         scaling.scale.transpose().array())
            .matrix();
  });
  return scaled;
}

}  // namespace cae
