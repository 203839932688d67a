#include "trainer/optimiser/sgd.h"

#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace cae {
namespace {

// Sums side by side, so that the loop vectorises without the sum depending on how.
constexpr std::size_t kLanes = 16;

// The numbers that are the same for every element of one update.
struct Constants {
  float momentum, rate, pull;
  float keep;     // 1 − η w
  float current;  // how often g itself enters: 1 for Nesterov, else 0
  float carried;  // and how often v does: μ for Nesterov, else 1
};

inline float Step(const Constants& c, float gradient, float& theta, float& velocity) {
  const float g = c.pull * theta + gradient;
  velocity = c.momentum * velocity + g;
  theta = c.keep * theta - c.rate * (c.current * g + c.carried * velocity);
  return g * g;
}

}  // namespace

int Sgd::AddTensor(Index size, double weight_decay) {
  tensors_.push_back({std::vector<float>(size), weight_decay});
  return static_cast<int>(tensors_.size()) - 1;
}

double Sgd::Update(int tensor, Index first, float pull, absl::Span<const float> gradient,
                   absl::Span<float> parameters) {
  Momentum& momentum = tensors_[tensor];
  CAE_CHECK(
      gradient.size() == parameters.size() && first + gradient.size() <= momentum.velocity.size(),
      absl::StrCat("update of ", parameters.size(), " parameters from ", first, " of ",
                   momentum.velocity.size()));
  const auto mu = static_cast<float>(options_.momentum);
  const Constants constants = {mu,
                               static_cast<float>(learning_rate_),
                               pull,
                               static_cast<float>(1 - learning_rate_ * momentum.weight_decay),
                               options_.nesterov ? 1.0f : 0.0f,
                               options_.nesterov ? mu : 1.0f};
  const float* __restrict g = gradient.data();
  float* __restrict theta = parameters.data();
  float* __restrict velocity = momentum.velocity.data() + first;
  std::array<float, kLanes> squares = {};
  std::size_t i = 0;
  for (; i + kLanes <= gradient.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      squares[lane] += Step(constants, g[i + lane], theta[i + lane], velocity[i + lane]);
    }
  }
  for (; i < gradient.size(); ++i) squares[0] += Step(constants, g[i], theta[i], velocity[i]);
  double sum = 0;
  for (const float square : squares) sum += square;
  return sum;
}

void Sgd::Exchange(StateArchive& archive) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    archive.Floats(absl::StrCat("optimiser.", i, ".velocity"),
                   absl::MakeSpan(tensors_[i].velocity));
  }
}

}  // namespace cae
