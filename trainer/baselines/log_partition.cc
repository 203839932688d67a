#include "trainer/baselines/log_partition.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/check.h"
#include "core/math/gemm.h"
#include "core/math/vector_math.h"
#include "trainer/base/random_stream.h"
#include "trainer/baselines/bernoulli.h"
#include "trainer/baselines/rbm_training.h"

namespace cae {
namespace {

absl::Span<float> Row(Matrix& matrix, Index row) {
  return {matrix.row(row).data(), static_cast<std::size_t>(matrix.cols())};
}

absl::Span<const float> Elements(const Vector& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

void Draw(std::uint64_t seed, Index chain, std::uint64_t step, std::uint32_t first_block,
          absl::Span<float> means) {
  const NoiseCounter at{
      static_cast<std::uint64_t>(RandomUse::kGibbsChains) << 40 | static_cast<std::uint64_t>(chain),
      step};
  DrawBernoulli(seed, at, first_block, means, means);
}

// Chains first, first + 1, ... on their way from β = 0 to 1 through
//   log p*_β(v) = ((1 − β) b₀ + β b)ᵀ v + Σ_j softplus(β (W_j v + c_j)).
class Annealing {
 public:
  Annealing(const Rbm& rbm, const Vector& base_bias, const AnnealingOptions& options, Index first,
            Index chains)
      : rbm_(rbm),
        base_bias_(base_bias),
        options_(options),
        first_(first),
        visible_(chains, rbm.visible_units()),
        hidden_(chains, rbm.units()),
        cooler_(chains, rbm.units()),
        zeros_(Vector::Zero(std::max(rbm.units(), rbm.visible_units()))),
        log_weights_(VectorD::Zero(chains)) {}

  // The logarithms of the importance weights.
  VectorD Run() {
    DrawVisible(0, base_bias_, 0);
    for (int k = 1; k <= options_.temperatures; ++k) {
      const double before = static_cast<double>(k - 1) / options_.temperatures;
      const double beta = static_cast<double>(k) / options_.temperatures;
      Weigh(before, beta);
      if (k == options_.temperatures) break;
      for (Index i = 0; i < hidden_.rows(); ++i) {
        Draw(options_.seed, first_ + i, k, 0, Row(hidden_, i));
      }
      const auto share = static_cast<float>(beta);
      DrawVisible(share, (1 - share) * base_bias_ + share * rbm_.visible_bias, k);
    }
    return log_weights_;
  }

 private:
  // Adds log p*_β(v) − log p*_before(v); leaves the means of the hidden units at β.
  void Weigh(double before, double beta) {
    Gemm(Transpose::kNo, Transpose::kYes, 1, visible_, rbm_.hidden.weight, 0, hidden_);
    hidden_.rowwise() += rbm_.hidden.bias.transpose();
    cooler_ = static_cast<float>(before) * hidden_;
    hidden_ *= static_cast<float>(beta);
    const Vector slope = rbm_.visible_bias - base_bias_;
    const auto zeros = Elements(zeros_).subspan(0, rbm_.units());
    for (Index i = 0; i < hidden_.rows(); ++i) {
      log_weights_[i] += (beta - before) * double{visible_.row(i).dot(slope)} +
                         LogisticLoss(zeros, zeros, Row(hidden_, i)) -
                         LogisticLoss(zeros, zeros, Row(cooler_, i));
    }
  }

  void DrawVisible(float beta, const Vector& bias, std::uint64_t step) {
    if (beta > 0) {
      Gemm(Transpose::kNo, Transpose::kNo, beta, hidden_, rbm_.hidden.weight, 0, visible_);
    } else {
      visible_.setZero();
    }
    for (Index i = 0; i < visible_.rows(); ++i) {
      AddBiasAndActivate(Activation::kLogistic, Elements(bias), Row(visible_, i));
      Draw(options_.seed, first_ + i, step, 1u << 24, Row(visible_, i));
    }
  }

  const Rbm& rbm_;
  const Vector& base_bias_;
  const AnnealingOptions& options_;
  const Index first_;
  Matrix visible_, hidden_, cooler_;
  const Vector zeros_;
  VectorD log_weights_;
};

}  // namespace

LogPartition EstimateLogPartition(const Rbm& rbm, const Vector& mean,
                                  const AnnealingOptions& options, ThreadPool& pool) {
  constexpr Index kTile = 32;
  CAE_CHECK(options.chains > 1 && options.temperatures > 0, "options of annealing");
  // A machine without weights over the same units.
  const Vector base_bias = InitialRbm(1, mean, 0, 0).visible_bias;
  VectorD log_weights(options.chains);
  pool.ParallelFor(static_cast<int>((options.chains + kTile - 1) / kTile), [&](int tile) {
    const Index first = tile * kTile;
    const Index count = std::min(kTile, options.chains - first);
    log_weights.segment(first, count) = Annealing(rbm, base_bias, options, first, count).Run();
  });
  const double largest = log_weights.maxCoeff();
  const VectorD weights = (log_weights.array() - largest).exp();
  const double n = static_cast<double>(options.chains);
  const double deviation = std::sqrt((weights.array() - weights.mean()).square().sum() / (n - 1));
  const double base =
      base_bias.cast<double>()
          .unaryExpr([](double b) { return std::max(b, 0.0) + std::log1p(std::exp(-std::abs(b))); })
          .sum() +
      static_cast<double>(rbm.units()) * std::log(2.0);
  return {base + largest + std::log(weights.mean()), deviation / weights.mean() / std::sqrt(n)};
}

VectorD LogLikelihoods(const Rbm& rbm, ConstMatrixView rows, double log_partition,
                       std::uint64_t seed, ThreadPool& pool) {
  Matrix states = rows;
  for (Index i = 0; i < states.rows(); ++i) Draw(seed, i, 0, 0, Row(states, i));
  return -FreeEnergies(rbm, states, pool).array() - log_partition;
}

}  // namespace cae
