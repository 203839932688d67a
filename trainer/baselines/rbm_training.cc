#include "trainer/baselines/rbm_training.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/base/status_macros.h"
#include "trainer/base/random_stream.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

RbmStepOptions WithNoiseOf(RbmStepOptions options, const EpochPlan& epochs) {
  options.seed = epochs.seed;
  options.stage = static_cast<std::uint64_t>(epochs.stage_number);
  return options;
}

// Σ over the elements of one row of −v log m − (1 − v) log(1 − m), means kept off 0 and 1.
double CrossEntropy(ConstMatrixView rows, const Matrix& means) {
  constexpr float kMargin = 1e-6f;
  const auto inside = means.array().max(kMargin).min(1 - kMargin);
  return -(rows.array() * inside.log() + (1 - rows.array()) * (1 - inside).log())
              .cast<double>()
              .sum();
}

class RbmStage : public TrainingStage {
 public:
  RbmStage(Rbm& rbm, const RbmPlan& plan, const EpochPlan& epochs, const Vector& mean,
           ConstMatrixView training, ConstMatrixView validation, ThreadPool& pool)
      : rbm_(rbm),
        training_(training),
        validation_(validation),
        pool_(pool),
        optimiser_(MakeOptimiser(plan.optimiser)),
        step_(rbm, mean, WithNoiseOf(plan.step, epochs), std::min(epochs.batch_size, epochs.rows),
              *optimiser_, pool) {}

  StepResult Descend(absl::Span<const Index> rows, double learning_rate) override {
    const RbmStepResult result = step_.Ascend(training_, rows, learning_rate);
    return {{{"free_energy", result.free_energy},
             {"gap", result.free_energy - result.chain_free_energy}},
            result.gradient_norm,
            result.finite};
  }

  Metrics Validate() override {
    if (validation_.rows() == 0) return {};
    const Matrix means = VisibleMeans(rbm_, EncodeRows(rbm_.hidden, validation_, pool_), pool_);
    return {{"free_energy", FreeEnergies(rbm_, validation_, pool_).mean()},
            {"reconstruction",
             CrossEntropy(validation_, means) / static_cast<double>(validation_.rows())}};
  }

  void Exchange(StateArchive& archive) override {
    ExchangeRbm("current", rbm_, archive);
    optimiser_->Exchange(archive);
    step_.Exchange(archive);
  }

 private:
  Rbm& rbm_;
  const ConstMatrixView training_, validation_;
  ThreadPool& pool_;
  const std::unique_ptr<Optimiser> optimiser_;
  RbmStep step_;
};

}  // namespace

Rbm InitialRbm(Index units, const Vector& mean_of_data, std::uint64_t seed, int stage) {
  static constexpr float kMargin = 1e-3f;
  const double limit = 0.01 * std::sqrt(3.0);  // of a uniform distribution
  Rbm rbm;
  rbm.hidden.weight = RandomStream(seed, RandomUse::kWeights, stage)
                          .UniformMatrix(units, mean_of_data.size(), limit);
  rbm.hidden.bias = Vector::Zero(units);
  rbm.visible_bias = mean_of_data.unaryExpr([](float mean) {
    const float inside = std::clamp(mean, kMargin, 1 - kMargin);
    return std::log(inside / (1 - inside));
  });
  return rbm;
}

absl::StatusOr<Rbm> TrainRbm(const RbmPlan& plan, const EpochPlan& epochs, ConstMatrixView training,
                             ConstMatrixView validation, ThreadPool& pool,
                             const RunServices& services) {
  const Vector mean = training.cast<double>().colwise().mean().cast<float>().transpose();
  Rbm rbm = InitialRbm(plan.units, mean, epochs.seed, epochs.stage_number);
  RbmStage stage(rbm, plan, epochs, mean, training, validation, pool);
  CAE_RETURN_IF_ERROR(RunEpochs(epochs, stage, services));
  return rbm;
}

}  // namespace cae
