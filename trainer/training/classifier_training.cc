#include "trainer/training/classifier_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/base/random_stream.h"

namespace cae {
namespace {

void ExchangeClassifier(absl::string_view name, ClassifierParameters& classifier,
                        StateArchive& archive) {
  const auto exchange = [&](const std::string& layer, DenseParameters& dense) {
    archive.Floats(absl::StrCat(name, ".", layer, ".weight"), dense.weight);
    archive.Floats(absl::StrCat(name, ".", layer, ".bias"), dense.bias);
  };
  for (std::size_t l = 0; l < classifier.layers.size(); ++l) {
    exchange(absl::StrCat("layer.", l), classifier.layers[l]);
  }
  exchange("output", classifier.output);
}

class ClassifierStage : public TrainingStage {
 public:
  ClassifierStage(ClassifierParameters initial, const ClassifierPlan& plan,
                  const ClassifierStepOptions& options, const LabelledRows& training,
                  const LabelledRows& validation, ThreadPool& pool)
      : classifier_(std::move(initial)),
        training_(training),
        validation_(validation),
        patience_(plan.patience),
        has_tangents_(plan.tangents.weight > 0),
        optimiser_(MakeOptimiser(plan.optimiser)),
        step_(classifier_, options, *optimiser_, pool) {}

  StepResult Descend(absl::Span<const Index> rows, double learning_rate) override {
    const ClassifierLoss loss = step_.Descend(training_, rows, learning_rate);
    Metrics metrics = MetricsOf(loss);
    if (has_tangents_) metrics.push_back({"tangents", loss.tangents});
    return {std::move(metrics), loss.gradient_norm, loss.finite};
  }

  Metrics Validate() override {
    if (validation_.rows.rows() == 0) return {};
    const ClassifierLoss loss = step_.Measure(validation_);
    ++epochs_since_best_;
    if (std::pair(loss.error, loss.cross_entropy) < std::pair(best_error_, best_cross_entropy_)) {
      best_error_ = loss.error;
      best_cross_entropy_ = loss.cross_entropy;
      best_ = classifier_;
      epochs_since_best_ = 0;
    }
    return MetricsOf(loss);
  }

  bool Finished() const override { return patience_ > 0 && epochs_since_best_ >= patience_; }

  void Exchange(StateArchive& archive) override {
    ExchangeClassifier("current", classifier_, archive);
    optimiser_->Exchange(archive);
    step_.Exchange(archive);
    archive.Integer("best.epochs_since", epochs_since_best_);
    archive.Real("best.error", best_error_);
    archive.Real("best.cross_entropy", best_cross_entropy_);
    std::int64_t has_best = best_.present() ? 1 : 0;
    archive.Integer("best.present", has_best);
    if (has_best == 0) return;
    if (archive.restoring()) best_ = classifier_;
    ExchangeClassifier("best", best_, archive);
  }

  ClassifierParameters Result() { return std::move(best_.present() ? best_ : classifier_); }

 private:
  static Metrics MetricsOf(const ClassifierLoss& loss) {
    return {{"cross_entropy", loss.cross_entropy}, {"error", loss.error}};
  }

  ClassifierParameters classifier_;
  const LabelledRows training_, validation_;
  const int patience_;
  const bool has_tangents_;
  const std::unique_ptr<Optimiser> optimiser_;
  ClassifierStep step_;
  std::int64_t epochs_since_best_ = 0;
  double best_error_ = std::numeric_limits<double>::infinity(), best_cross_entropy_ = 0;
  ClassifierParameters best_;  // not present() before the first validation
};

}  // namespace

ClassifierParameters InitialClassifier(const std::vector<LayerParameters>& layers, Index classes,
                                       std::uint64_t seed) {
  ClassifierParameters classifier;
  for (const LayerParameters& layer : layers) classifier.layers.push_back(layer.encoder);
  const Index units = layers.back().units();
  // Uniform within 1 / √units: logits start with a spread well below one.
  const double limit = 1 / std::sqrt(static_cast<double>(units));
  RandomStream random(seed, RandomUse::kWeights, layers.size());
  classifier.output.weight = random.UniformMatrix(classes, units, limit);
  classifier.output.bias = Vector::Zero(classes);
  classifier.output.activation = Activation::kIdentity;
  return classifier;
}

absl::StatusOr<ClassifierParameters> TrainClassifier(
    ClassifierParameters initial, const ClassifierPlan& plan, const EpochPlan& epochs,
    const LabelledRows& training, const LabelledRows& validation, ThreadPool& pool,
    const RunServices& services) {
  ClassifierStepOptions options;
  options.max_rows = std::min(epochs.batch_size, epochs.rows);
  options.weight_decay = plan.weight_decay;
  options.input_dropout = plan.input_dropout;
  options.hidden_dropout = plan.hidden_dropout;
  options.label_smoothing = plan.label_smoothing;
  options.seed = epochs.seed;
  options.tangents = plan.tangents;
  ClassifierStage stage(std::move(initial), plan, options, training, validation, pool);
  CAE_RETURN_IF_ERROR(RunEpochs(epochs, stage, services));
  return stage.Result();
}

}  // namespace cae
