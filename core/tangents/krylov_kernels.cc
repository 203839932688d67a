#include "core/tangents/krylov_kernels.h"

// Highway compiles the rest of this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/tangents/krylov_kernels.cc"
// The order of these two is Highway's.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace cae {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Float = hn::ScalableTag<float>;

// Four rows at once, so that the vector is read once for them and no addition waits for the one
// before. A row alone adds in the same order.
void InnerProductsImpl(const float* HWY_RESTRICT rows, Index count, Index stride,
                       const float* HWY_RESTRICT vector, float* HWY_RESTRICT products) {
  const Float tag;
  const auto lanes = static_cast<Index>(hn::Lanes(tag));
  Index j = 0;
  for (; j + 4 <= count; j += 4) {
    const float* const row = rows + j * stride;
    auto sum0 = hn::Zero(tag), sum1 = hn::Zero(tag), sum2 = hn::Zero(tag), sum3 = hn::Zero(tag);
    for (Index i = 0; i < stride; i += lanes) {
      const auto v = hn::LoadU(tag, vector + i);
      sum0 = hn::MulAdd(hn::LoadU(tag, row + i), v, sum0);
      sum1 = hn::MulAdd(hn::LoadU(tag, row + stride + i), v, sum1);
      sum2 = hn::MulAdd(hn::LoadU(tag, row + 2 * stride + i), v, sum2);
      sum3 = hn::MulAdd(hn::LoadU(tag, row + 3 * stride + i), v, sum3);
    }
    products[j] = hn::GetLane(hn::SumOfLanes(tag, sum0));
    products[j + 1] = hn::GetLane(hn::SumOfLanes(tag, sum1));
    products[j + 2] = hn::GetLane(hn::SumOfLanes(tag, sum2));
    products[j + 3] = hn::GetLane(hn::SumOfLanes(tag, sum3));
  }
  for (; j < count; ++j) {
    const float* const row = rows + j * stride;
    auto sum = hn::Zero(tag);
    for (Index i = 0; i < stride; i += lanes) {
      sum = hn::MulAdd(hn::LoadU(tag, row + i), hn::LoadU(tag, vector + i), sum);
    }
    products[j] = hn::GetLane(hn::SumOfLanes(tag, sum));
  }
}

void AddCombinationImpl(const float* HWY_RESTRICT rows, Index count, Index stride,
                        const float* HWY_RESTRICT coefficients, float* HWY_RESTRICT vector) {
  const Float tag;
  const auto lanes = static_cast<Index>(hn::Lanes(tag));
  Index j = 0;
  for (; j + 4 <= count; j += 4) {
    const float* const row = rows + j * stride;
    const auto c0 = hn::Set(tag, coefficients[j]), c1 = hn::Set(tag, coefficients[j + 1]);
    const auto c2 = hn::Set(tag, coefficients[j + 2]), c3 = hn::Set(tag, coefficients[j + 3]);
    for (Index i = 0; i < stride; i += lanes) {
      auto v = hn::LoadU(tag, vector + i);
      v = hn::MulAdd(hn::LoadU(tag, row + i), c0, v);
      v = hn::MulAdd(hn::LoadU(tag, row + stride + i), c1, v);
      v = hn::MulAdd(hn::LoadU(tag, row + 2 * stride + i), c2, v);
      v = hn::MulAdd(hn::LoadU(tag, row + 3 * stride + i), c3, v);
      hn::StoreU(v, tag, vector + i);
    }
  }
  for (; j < count; ++j) {
    const float* const row = rows + j * stride;
    const auto c = hn::Set(tag, coefficients[j]);
    for (Index i = 0; i < stride; i += lanes) {
      hn::StoreU(hn::MulAdd(hn::LoadU(tag, row + i), c, hn::LoadU(tag, vector + i)), tag,
                 vector + i);
    }
  }
}

void ScaleVectorImpl(float factor, const float* from, Index stride, float* to) {
  const Float tag;
  const auto lanes = static_cast<Index>(hn::Lanes(tag));
  const auto f = hn::Set(tag, factor);
  for (Index i = 0; i < stride; i += lanes) {
    hn::StoreU(hn::Mul(hn::LoadU(tag, from + i), f), tag, to + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cae
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae {

HWY_EXPORT(InnerProductsImpl);
HWY_EXPORT(AddCombinationImpl);
HWY_EXPORT(ScaleVectorImpl);

void InnerProducts(const float* rows, Index count, Index stride, const float* vector,
                   float* products) {
  HWY_DYNAMIC_DISPATCH(InnerProductsImpl)(rows, count, stride, vector, products);
}

void AddCombination(const float* rows, Index count, Index stride, const float* coefficients,
                    float* vector) {
  HWY_DYNAMIC_DISPATCH(AddCombinationImpl)(rows, count, stride, coefficients, vector);
}

void ScaleVector(float factor, const float* from, Index stride, float* to) {
  HWY_DYNAMIC_DISPATCH(ScaleVectorImpl)(factor, from, stride, to);
}

}  // namespace cae
#endif  // HWY_ONCE
