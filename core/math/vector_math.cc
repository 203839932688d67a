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

// values = s(values), derivatives = s'(a), both from e^−|a|: 1/(1+e) and e/(1+e)².
struct LogisticWithDerivative {
  HWY_INLINE void operator()(Float tag, Lanes& a, Lanes& derivative) const {
    const Lanes one = hn::Set(tag, 1.0f), e = ExpMinusAbs(tag, a);
    const Lanes small = hn::Div(one, hn::Add(one, e));  // s(|a|)
    const Lanes large = hn::Mul(e, small);              // s(−|a|)
    derivative = KeepNaN(a, hn::Mul(large, small));
    a = KeepNaN(a, hn::IfThenElse(hn::Ge(a, hn::Zero(tag)), small, large));
  }
};
struct TangentWithDerivative {
  HWY_INLINE void operator()(Float tag, Lanes& a, Lanes& derivative) const {
    // tanh'(a) is 4 s'(2a) of the logistic function.
    Lanes twice = hn::Add(a, a);
    LogisticWithDerivative()(tag, twice, derivative);
    derivative = hn::Mul(hn::Set(tag, 4.0f), derivative);
    a = HyperbolicTangent()(tag, a);
  }
};
struct RectifierWithDerivative {
  HWY_INLINE void operator()(Float tag, Lanes& a, Lanes& derivative) const {
    derivative = hn::IfThenElse(hn::Gt(a, hn::Zero(tag)), hn::Set(tag, 1.0f), hn::Zero(tag));
    a = Rectifier()(tag, a);
  }
};
struct IdentityWithDerivative {
  HWY_INLINE void operator()(Float tag, Lanes&, Lanes& derivative) const {
    derivative = hn::Set(tag, 1.0f);
  }
};

template <typename Function>
HWY_INLINE void MapWithDerivative(Function function, float* HWY_RESTRICT values,
                                  float* HWY_RESTRICT derivatives, std::size_t size) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  Lanes derivative = hn::Zero(tag);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    Lanes a = hn::LoadU(tag, values + i);
    function(tag, a, derivative);
    hn::StoreU(a, tag, values + i);
    hn::StoreU(derivative, tag, derivatives + i);
  }
  if (i == size) return;
  float rest[hn::MaxLanes(tag)] = {};
  std::copy(values + i, values + size, rest);
  Lanes a = hn::LoadU(tag, rest);
  function(tag, a, derivative);
  hn::StoreU(a, tag, rest);
  std::copy_n(rest, size - i, values + i);
  hn::StoreU(derivative, tag, rest);
  std::copy_n(rest, size - i, derivatives + i);
}

void ActivateWithDerivativeImpl(Activation activation, float* values, float* derivatives,
                                std::size_t size) {
  switch (activation) {
    case Activation::kLogistic:
      return MapWithDerivative(LogisticWithDerivative{}, values, derivatives, size);
    case Activation::kTanh:
      return MapWithDerivative(TangentWithDerivative{}, values, derivatives, size);
    case Activation::kRelu:
      return MapWithDerivative(RectifierWithDerivative{}, values, derivatives, size);
    case Activation::kIdentity:
      return MapWithDerivative(IdentityWithDerivative{}, values, derivatives, size);
  }
}

void MultiplyImpl(const float* a, const float* b, float* out, std::size_t size) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(hn::Mul(hn::LoadU(tag, a + i), hn::LoadU(tag, b + i)), tag, out + i);
  }
  for (; i < size; ++i) out[i] = a[i] * b[i];
}

void AddScaledImpl(float factor, const float* HWY_RESTRICT x, float* HWY_RESTRICT y,
                   std::size_t size) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  const Lanes scale = hn::Set(tag, factor);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(hn::MulAdd(scale, hn::LoadU(tag, x + i), hn::LoadU(tag, y + i)), tag, y + i);
  }
  if (i == size) return;
  float rest_x[hn::MaxLanes(tag)] = {}, rest_y[hn::MaxLanes(tag)] = {};
  std::copy(x + i, x + size, rest_x);
  std::copy(y + i, y + size, rest_y);
  hn::StoreU(hn::MulAdd(scale, hn::LoadU(tag, rest_x), hn::LoadU(tag, rest_y)), tag, rest_y);
  std::copy_n(rest_y, size - i, y + i);
}

bool AllFiniteImpl(const float* values, std::size_t size) {
  const Float tag;
  const std::size_t lanes = hn::Lanes(tag);
  // 0 x is 0 for every finite x, NaN for every other.
  Lanes sum = hn::Zero(tag);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    sum = hn::MulAdd(hn::Zero(tag), hn::LoadU(tag, values + i), sum);
  }
  float rest = hn::GetLane(hn::SumOfLanes(tag, sum));
  for (; i < size; ++i) rest += 0.0f * values[i];
  return rest == 0;
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
HWY_EXPORT(ActivateWithDerivativeImpl);
HWY_EXPORT(MultiplyImpl);
HWY_EXPORT(AddScaledImpl);
HWY_EXPORT(AllFiniteImpl);
HWY_EXPORT(LogisticLossImpl);
HWY_EXPORT(SquaredNormImpl);

void AddBiasAndActivate(Activation activation, absl::Span<const float> bias,
                        absl::Span<float> values) {
  CAE_CHECK(bias.size() == values.size(),
            absl::StrCat(bias.size(), " biases for ", values.size(), " values"));
  HWY_DYNAMIC_DISPATCH(AddBiasAndActivateImpl)
  (activation, bias.data(), values.data(), values.size());
}

void ActivateWithDerivative(Activation activation, absl::Span<float> values,
                            absl::Span<float> derivatives) {
  CAE_CHECK(values.size() == derivatives.size(),
            absl::StrCat(derivatives.size(), " derivatives for ", values.size(), " values"));
  HWY_DYNAMIC_DISPATCH(ActivateWithDerivativeImpl)
  (activation, values.data(), derivatives.data(), values.size());
}

void Multiply(absl::Span<const float> a, absl::Span<const float> b, absl::Span<float> out) {
  CAE_CHECK(a.size() == b.size() && a.size() == out.size(),
            absl::StrCat(a.size(), " by ", b.size(), " elements into ", out.size()));
  HWY_DYNAMIC_DISPATCH(MultiplyImpl)(a.data(), b.data(), out.data(), out.size());
}

void AddScaled(float factor, absl::Span<const float> x, absl::Span<float> y) {
  CAE_CHECK(x.size() == y.size(), absl::StrCat(x.size(), " elements onto ", y.size()));
  HWY_DYNAMIC_DISPATCH(AddScaledImpl)(factor, x.data(), y.data(), y.size());
}

bool AllFinite(absl::Span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(AllFiniteImpl)(values.data(), values.size());
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
