#include "trainer/training/stack_training.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

class StackStage : public TrainingStage {
 public:
  StackStage(std::vector<LayerParameters>& layers, const OptimiserOptions& optimiser,
             const StackStepOptions& options, ConstMatrixView training, ConstMatrixView validation,
             ThreadPool& pool)
      : layers_(layers),
        training_(training),
        validation_(validation),
        optimiser_(MakeOptimiser(optimiser)),
        step_(layers, options, *optimiser_, pool) {}

  StepResult Descend(absl::Span<const Index> rows, double learning_rate) override {
    const StackLoss loss = step_.Descend(training_, rows, learning_rate);
    return {MetricsOf(loss), loss.gradient_norm, loss.finite};
  }

  Metrics Validate() override {
    if (validation_.rows() == 0) return {};
    return MetricsOf(step_.Measure(validation_));
  }

  void Exchange(StateArchive& archive) override {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      ExchangeLayer(absl::StrCat("current.", l), layers_[l], archive);
    }
    optimiser_->Exchange(archive);
    step_.Exchange(archive);
  }

 private:
  static Metrics MetricsOf(const StackLoss& loss) {
    return {{"reconstruction", loss.reconstruction},
            {"penalty", loss.penalty},
            {"loss", loss.reconstruction + loss.penalty}};
  }

  std::vector<LayerParameters>& layers_;
  const ConstMatrixView training_, validation_;
  const std::unique_ptr<Optimiser> optimiser_;
  StackStep step_;
};

}  // namespace

absl::StatusOr<std::vector<LayerParameters>> TrainStack(
    std::vector<LayerParameters> layers, const StackPlan& plan, const EpochPlan& epochs,
    ConstMatrixView training, ConstMatrixView validation, ThreadPool& pool,
    const RunServices& services) {
  StackStepOptions options;
  options.contractions = plan.contractions;
  options.walkback = plan.walkback;
  options.corruption = plan.corruption;
  options.max_rows = std::min(epochs.batch_size, epochs.rows);
  options.seed = epochs.seed;
  options.stage = static_cast<std::uint64_t>(epochs.stage_number);
  StackStage stage(layers, plan.optimiser, options, training, validation, pool);
  CAE_RETURN_IF_ERROR(RunEpochs(epochs, stage, services));
  return layers;
}

}  // namespace cae
