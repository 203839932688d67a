#include "core/tangents/orthonormal_rows.h"

#include <algorithm>
#include <cmath>

#include "absl/types/span.h"
#include "core/tangents/fixed_vector.h"
#include "core/tangents/krylov_kernels.h"

namespace cae {
namespace {

void Normalise(Index stride, float* row) {
  ScaleVector(static_cast<float>(1 / RowNorm(row, stride)), row, stride, row);
}

}  // namespace

double RowNorm(const float* row, Index stride) {
  float squared = 0;
  InnerProducts(row, 1, stride, row, &squared);
  return std::sqrt(double{squared});
}

void RemoveProjection(const float* rows, Index count, Index stride, float* inner, float* row) {
  InnerProducts(rows, count, stride, row, inner);
  for (Index j = 0; j < count; ++j) inner[j] = -inner[j];
  AddCombination(rows, count, stride, inner, row);
}

void FreshUnitRow(std::uint64_t number, const float* rows, Index count, Index size, Index stride,
                  float* inner, float* row) {
  FixedVector(number, absl::Span<float>(row, static_cast<std::size_t>(size)));
  std::fill(row + size, row + stride, 0.0f);
  // Two passes are enough where something is left after the first; the third is for the last
  // dimensions of a space.
  for (int pass = 0; pass < 3; ++pass) {
    RemoveProjection(rows, count, stride, inner, row);
    Normalise(stride, row);
  }
}

MatrixD OrthonormaliseRows(Index count, Index size, Index stride, float* inner, float* rows) {
  constexpr double kDependent = 1e-6;  // what float rounding leaves of a row
  MatrixD lower = MatrixD::Zero(count, count);
  for (Index i = 0; i < count; ++i) {
    float* const row = rows + i * stride;
    const double before = RowNorm(row, stride);
    for (int pass = 0; pass < 2; ++pass) {
      RemoveProjection(rows, i, stride, inner, row);
      for (Index j = 0; j < i; ++j) lower(i, j) -= double{inner[j]};
    }
    const double left = RowNorm(row, stride);
    if (left > kDependent * before) {
      lower(i, i) = left;
      Normalise(stride, row);
    } else {
      FreshUnitRow(i, rows, i, size, stride, inner, row);
    }
  }
  return lower;
}

}  // namespace cae
