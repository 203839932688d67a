#include "core/math/row_gram.h"

#include <algorithm>
#include <vector>

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

/// Rows of a block of results; its columns are two vectors.
constexpr Index kRows = 4;

/// sums[r][c] = Σ_k left[k stride + r] right[k stride + c]. Eight sums at a time: as many as a
/// processor needs to multiply and add without waiting.
HWY_INLINE void Block(const double* HWY_RESTRICT left, const double* HWY_RESTRICT right,
                      Index depth, Index stride, double* HWY_RESTRICT sums) {
  const Double tag;
  const Index lanes = static_cast<Index>(hn::Lanes(tag));
  Lanes s00 = hn::Zero(tag), s01 = s00, s10 = s00, s11 = s00;
  Lanes s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (Index k = 0; k < depth; ++k, left += stride, right += stride) {
    const Lanes r0 = hn::LoadU(tag, right), r1 = hn::LoadU(tag, right + lanes);
    const Lanes l0 = hn::Set(tag, left[0]), l1 = hn::Set(tag, left[1]);
    s00 = hn::MulAdd(l0, r0, s00), s01 = hn::MulAdd(l0, r1, s01);
    s10 = hn::MulAdd(l1, r0, s10), s11 = hn::MulAdd(l1, r1, s11);
    const Lanes l2 = hn::Set(tag, left[2]), l3 = hn::Set(tag, left[3]);
    s20 = hn::MulAdd(l2, r0, s20), s21 = hn::MulAdd(l2, r1, s21);
    s30 = hn::MulAdd(l3, r0, s30), s31 = hn::MulAdd(l3, r1, s31);
  }
  hn::StoreU(s00, tag, sums), hn::StoreU(s01, tag, sums + lanes);
  hn::StoreU(s10, tag, sums + stride), hn::StoreU(s11, tag, sums + stride + lanes);
  hn::StoreU(s20, tag, sums + 2 * stride), hn::StoreU(s21, tag, sums + 2 * stride + lanes);
  hn::StoreU(s30, tag, sums + 3 * stride), hn::StoreU(s31, tag, sums + 3 * stride + lanes);
}

/// `a` is [rows, depth], `gram` [rows, rows].
void RowGramImpl(const float* a, Index rows, Index depth, float* gram) {
  const Index width = 2 * static_cast<Index>(hn::Lanes(Double()));  // a multiple of kRows
  // Panels of `width` rows, transposed: a block reads them from front to back.
  const Index panels = (rows + width - 1) / width;
  std::vector<double> packed(panels * width * depth);
  for (Index row = 0; row < rows; ++row) {
    double* panel = packed.data() + row / width * width * depth + row % width;
    for (Index k = 0; k < depth; ++k) panel[k * width] = a[row * depth + k];
  }
  double sums[kRows * 2 * hn::MaxLanes(Double())];
  for (Index column = 0; column < rows; column += width) {
    const double* const right = packed.data() + column * depth;
    for (Index row = column; row < rows; row += kRows) {
      const double* const left = packed.data() + row / width * width * depth + row % width;
      Block(left, right, depth, width, sums);
      for (Index r = 0; r < std::min(kRows, rows - row); ++r) {
        for (Index c = 0; c < std::min(width, rows - column); ++c) {
          if (column + c > row + r) break;  // the other half is a mirror
          const auto sum = static_cast<float>(sums[r * width + c]);
          gram[(row + r) * rows + column + c] = sum;
          gram[(column + c) * rows + row + r] = sum;
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
