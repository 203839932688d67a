#include "core/math/row_gram.h"

#include <algorithm>

#include "core/math/workspace.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/math/row_gram.cc"
// The order of these two is Highway's.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace cae {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Double = hn::ScalableTag<double>;
using Lanes = hn::Vec<Double>;

/// Rows of a block of results. Its columns are two vectors.
constexpr Index kRows = 8;

/// Rows that all columns pass by at once, a multiple of kRows: in double they stay in a cache of 1
/// MB.
constexpr Index kCachedRows = 128;

/// sums[r columns + c] = Σ_k left[k stride + r] right[k stride + c], r < kRows, c < columns.
/// Sixteen sums at a time: enough for a processor to multiply and add without waiting, and few
/// enough for its registers. (Variables, because vectors of unknown size cannot stand in arrays.)
HWY_INLINE void Block(const double* HWY_RESTRICT left, const double* HWY_RESTRICT right,
                      Index depth, Index stride, double* HWY_RESTRICT sums) {
  const Double tag;
  const Index lanes = static_cast<Index>(hn::Lanes(tag)), columns = 2 * lanes;
  const Lanes zero = hn::Zero(tag);
  Lanes a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero, a6 = zero, a7 = zero;
  Lanes b0 = zero, b1 = zero, b2 = zero, b3 = zero, b4 = zero, b5 = zero, b6 = zero, b7 = zero;
  for (Index k = 0; k < depth; ++k, left += stride, right += stride) {
    const Lanes a = hn::LoadU(tag, right), b = hn::LoadU(tag, right + lanes);
    const auto multiply_add = [&](Index row, Lanes& sum_a, Lanes& sum_b) {
      const Lanes factor = hn::Set(tag, left[row]);
      sum_a = hn::MulAdd(factor, a, sum_a);
      sum_b = hn::MulAdd(factor, b, sum_b);
    };
    multiply_add(0, a0, b0);
    multiply_add(1, a1, b1);
    multiply_add(2, a2, b2);
    multiply_add(3, a3, b3);
    multiply_add(4, a4, b4);
    multiply_add(5, a5, b5);
    multiply_add(6, a6, b6);
    multiply_add(7, a7, b7);
  }
  const auto store = [&](Index row, Lanes sum_a, Lanes sum_b) {
    hn::StoreU(sum_a, tag, sums + row * columns);
    hn::StoreU(sum_b, tag, sums + row * columns + lanes);
  };
  store(0, a0, b0);
  store(1, a1, b1);
  store(2, a2, b2);
  store(3, a3, b3);
  store(4, a4, b4);
  store(5, a5, b5);
  store(6, a6, b6);
  store(7, a7, b7);
}

/// `a` is [rows, depth], `gram` [rows, rows].
void RowGramImpl(const float* a, Index rows, Index depth, float* gram) {
  const Index columns = 2 * static_cast<Index>(hn::Lanes(Double()));
  const Index width = std::max(columns, kRows);  // both are powers of two
  // Panels of `width` rows, transposed: a block reads them from front to back.
  const Index panels = (rows + width - 1) / width;
  ScratchBuffer memory;  // on cache lines, so that no vector lies across two
  auto* const packed = static_cast<double*>(memory.Bytes(panels * width * depth * sizeof(double)));
  for (Index panel = 0; panel < panels; ++panel) {
    double* out = packed + panel * width * depth;
    const float* in = a + panel * width * depth;
    const Index count = std::min(width, rows - panel * width);
    for (Index k = 0; k < depth; ++k, out += width) {
      for (Index row = 0; row < count; ++row) out[row] = in[row * depth + k];
      std::fill(out + count, out + width, 0.0);
    }
  }
  const auto packed_row = [&](Index row) {
    return packed + row / width * width * depth + row % width;
  };
  double sums[kRows * 2 * hn::MaxLanes(Double())];
  for (Index top = 0; top < rows; top += kCachedRows) {
    const Index bottom = std::min(rows, top + kCachedRows);
    for (Index column = 0; column < bottom; column += columns) {
      // From the block of rows on that holds the diagonal.
      for (Index row = std::max(top, column / kRows * kRows); row < bottom; row += kRows) {
        Block(packed_row(row), packed_row(column), depth, width, sums);
        for (Index r = 0; r < std::min(kRows, rows - row); ++r) {
          for (Index c = 0; c < columns && column + c <= row + r; ++c) {
            const auto sum = static_cast<float>(sums[r * columns + c]);
            gram[(row + r) * rows + column + c] = sum;
            gram[(column + c) * rows + row + r] = sum;  // the other half is a mirror
          }
        }
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cae
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae {

HWY_EXPORT(RowGramImpl);

Matrix RowGram(ConstMatrixView a) {
  Matrix gram(a.rows(), a.rows());
  HWY_DYNAMIC_DISPATCH(RowGramImpl)(a.data(), a.rows(), a.cols(), gram.data());
  return gram;
}

}  // namespace cae
#endif  // HWY_ONCE
