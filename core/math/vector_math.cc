#include "core/math/vector_math.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

// Highway compiles the rest of this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/math/vector_math.cc"
// The order of these three is Highway's.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "hwy/contrib/math/math-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace cae {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Float = hn::ScalableTag<float>;
using Lanes = hn::Vec<Float>;

// e^−|a| ≤ 1, from which both the logistic function and its loss follow without overflow.
HWY_INLINE Lanes ExpMinusAbs(Float tag, Lanes a) { return hn::Exp(tag, hn::Neg(hn::Abs(a))); }

// Highway's functions may turn NaN into a number; a training run must see it.
HWY_INLINE Lanes KeepNaN(Lanes a, Lanes y) { return hn::IfThenElse(hn::Eq(a, a), y, a); }

HWY_INLINE Lanes LogisticFrom(Float tag, Lanes a, Lanes exp_minus_abs) {
  const Lanes one = hn::Set(tag, 1.0f);
  const Lanes numerator = hn::IfThenElse(hn::Ge(a, hn::Zero(tag)), one, exp_minus_abs);
  return KeepNaN(a, hn::Div(numerator, hn::Add(one, exp_minus_abs)));
}

struct Logistic {
  HWY_INLINE Lanes operator()(Float tag, Lanes a) const {
    return LogisticFrom(tag, a, ExpMinusAbs(tag, a));
  }
};
struct HyperbolicTangent {
  HWY_INLINE Lanes operator()(Float tag, Lanes a) const { return KeepNaN(a, hn::Tanh(tag, a)); }
};
struct Rectifier {
  HWY_INLINE Lanes operator()(Float tag, Lanes a) const {
    return hn::IfThenElse(hn::Lt(a, hn::Zero(tag)), hn::Zero(tag), a);
  }
};
struct Identity {
  HWY_INLINE Lanes operator()(Float, Lanes a) const { return a; }
};

// values = s(values + bias). The rest that fills no vector goes through a padded copy, so that
// every element takes the same instructions.
template <typename Function>
HWY_INLINE void Map(Function function, const float* HWY_RESTRICT bias, float* HWY_RESTRICT values,
                    std::size_t size) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const Lanes a = hn::Add(hn::LoadU(tag, values + i), hn::LoadU(tag, bias + i));
    hn::StoreU(function(tag, a), tag, values + i);
  }
  if (i == size) return;
  float rest[hn::MaxLanes(tag)] = {};
  for (std::size_t j = i; j < size; ++j) rest[j - i] = values[j] + bias[j];
  hn::StoreU(function(tag, hn::LoadU(tag, rest)), tag, rest);
  std::copy_n(rest, size - i, values + i);
}

void AddBiasAndActivateImpl(Activation activation, const float* bias, float* values,
                            std::size_t size) {
  switch (activation) {
    case Activation::kLogistic:
      return Map(Logistic{}, bias, values, size);
    case Activation::kTanh:
      return Map(HyperbolicTangent{}, bias, values, size);
    case Activation::kRelu:
      return Map(Rectifier{}, bias, values, size);
    case Activation::kIdentity:
      return Map(Identity{}, bias, values, size);
  }
}

// One vector of LogisticLoss: gives the losses, replaces `a` by the derivative.
HWY_INLINE Lanes LossAndDerivative(Float tag, Lanes targets, Lanes& a) {
  const Lanes e = ExpMinusAbs(tag, a);
  // softplus(a) = max(a, 0) + log(1 + e^−|a|)
  const Lanes softplus = hn::Add(hn::Max(a, hn::Zero(tag)), hn::Log1p(tag, e));
  const Lanes loss = hn::NegMulAdd(targets, a, softplus);
  a = hn::Sub(LogisticFrom(tag, a, e), targets);
  return loss;
}

double LogisticLossImpl(const float* HWY_RESTRICT bias, const float* HWY_RESTRICT targets,
                        float* HWY_RESTRICT values, std::size_t size) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  Lanes sums = hn::Zero(tag);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    Lanes a = hn::Add(hn::LoadU(tag, values + i), hn::LoadU(tag, bias + i));
    sums = hn::Add(sums, LossAndDerivative(tag, hn::LoadU(tag, targets + i), a));
    hn::StoreU(a, tag, values + i);
  }
  double sum = hn::GetLane(hn::SumOfLanes(tag, sums));
  if (i == size) return sum;
  float rest[hn::MaxLanes(tag)] = {}, rest_targets[hn::MaxLanes(tag)] = {};
  for (std::size_t j = i; j < size; ++j) rest[j - i] = values[j] + bias[j];
  std::copy(targets + i, targets + size, rest_targets);
  Lanes a = hn::LoadU(tag, rest);
  const Lanes losses = LossAndDerivative(tag, hn::LoadU(tag, rest_targets), a);
  hn::StoreU(a, tag, rest);
  std::copy_n(rest, size - i, values + i);
  hn::StoreU(losses, tag, rest);
  for (std::size_t j = 0; j < size - i; ++j) sum += rest[j];
  return sum;
}

double SquaredNormImpl(const float* values, std::size_t size) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  // Two sums, so that one multiplication need not wait for the other.
  Lanes even = hn::Zero(tag), odd = hn::Zero(tag);
  std::size_t i = 0;
  for (; i + 2 * lanes <= size; i += 2 * lanes) {
    const Lanes first = hn::LoadU(tag, values + i), second = hn::LoadU(tag, values + i + lanes);
    even = hn::MulAdd(first, first, even);
    odd = hn::MulAdd(second, second, odd);
  }
  double sum = hn::GetLane(hn::SumOfLanes(tag, hn::Add(even, odd)));
  for (; i < size; ++i) sum += double{values[i]} * values[i];
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace cae
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae {

HWY_EXPORT(AddBiasAndActivateImpl);
HWY_EXPORT(LogisticLossImpl);
HWY_EXPORT(SquaredNormImpl);

void AddBiasAndActivate(Activation activation, absl::Span<const float> bias,
                        absl::Span<float> values) {
  CAE_CHECK(bias.size() == values.size(),
            absl::StrCat(bias.size(), " biases for ", values.size(), " values"));
  HWY_DYNAMIC_DISPATCH(AddBiasAndActivateImpl)
  (activation, bias.data(), values.data(), values.size());
}

double LogisticLoss(absl::Span<const float> bias, absl::Span<const float> targets,
                    absl::Span<float> values) {
  CAE_CHECK(bias.size() == values.size() && targets.size() == values.size(),
            absl::StrCat(bias.size(), " biases and ", targets.size(), " targets for ",
                         values.size(), " values"));
  return HWY_DYNAMIC_DISPATCH(LogisticLossImpl)(bias.data(), targets.data(), values.data(),
                                                values.size());
}

double SquaredNorm(absl::Span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(SquaredNormImpl)(values.data(), values.size());
}

}  // namespace cae
#endif  // HWY_ONCE
