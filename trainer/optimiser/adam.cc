#include "trainer/optimiser/adam.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

// Highway compiles the rest of this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "trainer/optimiser/adam.cc"
// The order of these two is Highway's.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#ifndef CAE_TRAINER_OPTIMISER_ADAM_CONSTANTS_
#define CAE_TRAINER_OPTIMISER_ADAM_CONSTANTS_
namespace cae {

// The numbers that are the same for every element of one update.
struct AdamConstants {
  float beta1, beta2, rate, epsilon, pull;
  float keep;  // 1 − η w
};

}  // namespace cae
#endif  // CAE_TRAINER_OPTIMISER_ADAM_CONSTANTS_

HWY_BEFORE_NAMESPACE();
namespace cae {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The same update for one vector or one scalar tag. Adds g² to `squares`.
template <typename Tag, typename Lanes = hn::Vec<Tag>>
HWY_INLINE void UpdateLanes(Tag tag, const AdamConstants& c, const float* gradient,
                            float* parameters, float* first, float* second, Lanes& squares) {
  const Lanes theta = hn::LoadU(tag, parameters);
  const Lanes g = hn::MulAdd(hn::Set(tag, c.pull), theta, hn::LoadU(tag, gradient));
  const Lanes m0 = hn::LoadU(tag, first), v0 = hn::LoadU(tag, second);
  const Lanes m = hn::MulAdd(hn::Set(tag, c.beta1), hn::Sub(m0, g), g);
  const Lanes square = hn::Mul(g, g);
  squares = hn::Add(squares, square);
  const Lanes v = hn::MulAdd(hn::Set(tag, c.beta2), hn::Sub(v0, square), square);
  const Lanes denominator = hn::Add(hn::Sqrt(v), hn::Set(tag, c.epsilon));
  const Lanes change = hn::Div(hn::Mul(hn::Set(tag, c.rate), m), denominator);
  hn::StoreU(hn::MulSub(hn::Set(tag, c.keep), theta, change), tag, parameters);
  hn::StoreU(m, tag, first);
  hn::StoreU(v, tag, second);
}

double AdamUpdateImpl(const AdamConstants& c, const float* gradient, float* parameters,
                      float* first, float* second, std::size_t size) {
  const hn::ScalableTag<float> tag;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(tag);
  auto squares = hn::Zero(tag);
  auto squares_of_rest = hn::Zero(one);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    UpdateLanes(tag, c, gradient + i, parameters + i, first + i, second + i, squares);
  }
  for (; i < size; ++i) {
    UpdateLanes(one, c, gradient + i, parameters + i, first + i, second + i, squares_of_rest);
  }
  return double{hn::GetLane(hn::SumOfLanes(tag, squares))} + hn::GetLane(squares_of_rest);
}

}  // namespace HWY_NAMESPACE
}  // namespace cae
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae {

HWY_EXPORT(AdamUpdateImpl);

int Adam::AddTensor(Index size, double weight_decay) {
  tensors_.push_back({std::vector<float>(size), std::vector<float>(size), weight_decay});
  return static_cast<int>(tensors_.size()) - 1;
}

void Adam::BeginStep(double learning_rate) {
  ++steps_;
  learning_rate_ = learning_rate;
  const double first_bias = 1 - std::pow(options_.beta1, steps_);
  const double second_bias = std::sqrt(1 - std::pow(options_.beta2, steps_));
  rate_ = static_cast<float>(learning_rate * second_bias / first_bias);
  epsilon_ = static_cast<float>(options_.epsilon * second_bias);
}

double Adam::Update(int tensor, Index first, float pull, absl::Span<const float> gradient,
                    absl::Span<float> parameters) {
  Moments& moments = tensors_[tensor];
  CAE_CHECK(gradient.size() == parameters.size() && first + gradient.size() <= moments.first.size(),
            absl::StrCat("update of ", parameters.size(), " parameters from ", first, " of ",
                         moments.first.size()));
  const AdamConstants constants = {static_cast<float>(options_.beta1),
                                   static_cast<float>(options_.beta2),
                                   rate_,
                                   epsilon_,
                                   pull,
                                   static_cast<float>(1 - learning_rate_ * moments.weight_decay)};
  return HWY_DYNAMIC_DISPATCH(AdamUpdateImpl)(constants, gradient.data(), parameters.data(),
                                              moments.first.data() + first,
                                              moments.second.data() + first, gradient.size());
}

void Adam::Exchange(StateArchive& archive) {
  archive.Integer("optimiser.steps", steps_);
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    archive.Floats(absl::StrCat("optimiser.", i, ".first"), absl::MakeSpan(tensors_[i].first));
    archive.Floats(absl::StrCat("optimiser.", i, ".second"), absl::MakeSpan(tensors_[i].second));
  }
}

}  // namespace cae
#endif  // HWY_ONCE
