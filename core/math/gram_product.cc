#include "core/math/gram_product.h"

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/math/gram_product.cc"
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
using Half = hn::Rebind<float, Double>;
using Lanes = hn::Vec<Double>;

HWY_INLINE Lanes Widened(const float* HWY_RESTRICT row) {
  return hn::PromoteTo(Double(), hn::LoadU(Half(), row));
}

/// Σ row[k] v[k]. Four sums, so that the processor need not wait for one.
HWY_INLINE double InnerProduct(const float* HWY_RESTRICT row, const double* HWY_RESTRICT v,
                               Index size) {
  const Double tag;
  const Index lanes = static_cast<Index>(hn::Lanes(tag));
  Lanes s0 = hn::Zero(tag), s1 = s0, s2 = s0, s3 = s0;
  Index k = 0;
  for (; k + 4 * lanes <= size; k += 4 * lanes) {
    s0 = hn::MulAdd(Widened(row + k), hn::LoadU(tag, v + k), s0);
    s1 = hn::MulAdd(Widened(row + k + lanes), hn::LoadU(tag, v + k + lanes), s1);
    s2 = hn::MulAdd(Widened(row + k + 2 * lanes), hn::LoadU(tag, v + k + 2 * lanes), s2);
    s3 = hn::MulAdd(Widened(row + k + 3 * lanes), hn::LoadU(tag, v + k + 3 * lanes), s3);
  }
  for (; k + lanes <= size; k += lanes) {
    s0 = hn::MulAdd(Widened(row + k), hn::LoadU(tag, v + k), s0);
  }
  double sum = hn::GetLane(hn::SumOfLanes(tag, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; k < size; ++k) sum += double{row[k]} * v[k];
  return sum;
}

/// image[k] += factor row[k].
HWY_INLINE void AddRow(double factor, const float* HWY_RESTRICT row, double* HWY_RESTRICT image,
                       Index size) {
  const Double tag;
  const Index lanes = static_cast<Index>(hn::Lanes(tag));
  const Lanes factors = hn::Set(tag, factor);
  Index k = 0;
  for (; k + lanes <= size; k += lanes) {
    hn::StoreU(hn::MulAdd(factors, Widened(row + k), hn::LoadU(tag, image + k)), tag, image + k);
  }
  for (; k < size; ++k) image[k] += factor * row[k];
}

/// `a` is [rows, cols]; `v` and `image` are `count` vectors of `cols` elements, `stride` apart.
void GramProductImpl(const float* a, Index rows, Index cols, const double* v, Index stride,
                     Index count, double* image) {
  for (Index row = 0; row < rows; ++row, a += cols) {
    for (Index i = 0; i < count; ++i) {
      AddRow(InnerProduct(a, v + i * stride, cols), a, image + i * cols, cols);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cae
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae {

HWY_EXPORT(GramProductImpl);

Eigen::MatrixXd GramProduct(ConstMatrixView a, const Eigen::Ref<const Eigen::MatrixXd>& v) {
  CAE_CHECK(v.rows() == a.cols(),
            absl::StrCat("vectors of ", v.rows(), " for a matrix of ", a.cols(), " columns"));
  Eigen::MatrixXd image = Eigen::MatrixXd::Zero(v.rows(), v.cols());
  HWY_DYNAMIC_DISPATCH(GramProductImpl)
  (a.data(), a.rows(), a.cols(), v.data(), v.outerStride(), v.cols(), image.data());
  return image;
}

}  // namespace cae
#endif  // HWY_ONCE
