#include "trainer/training/classifier_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "trainer/training/random_stream.h"

namespace cae {
namespace {

class ClassifierStage : public TrainingStage {
 public:
  ClassifierStage(ClassifierParameters initial, const ClassifierPlan& plan,
                  const ClassifierStepOptions& options, const LabelledRows& training,
                  const LabelledRows& validation, ThreadPool& pool)
      : classifier_(std::move(initial)),
        training_(training),
        validation_(validation),
        adam_(plan.adam),
        step_(classifier_, options, adam_, pool) {}

  StepResult Descend(absl::Span<const Index> rows, double learning_rate) override {
    const ClassifierLoss loss = step_.Descend(training_, rows, learning_rate);
    return {MetricsOf(loss), loss.finite};
  }

  Metrics Validate() override {
    if (validation_.rows.rows() == 0) return {};
    const ClassifierLoss loss = step_.Measure(validation_);
    const std::pair score(loss.error, loss.cross_entropy);
    if (score < best_score_) {
      best_score_ = score;
      best_ = classifier_;
    }
    return MetricsOf(loss);
  }

  ClassifierParameters Result() { return std::move(best_.present() ? best_ : classifier_); }

 private:
  static Metrics MetricsOf(const ClassifierLoss& loss) {
    return {{"cross_entropy", loss.cross_entropy}, {"error", loss.error}};
  }

  ClassifierParameters classifier_;
  const LabelledRows training_, validation_;
  Adam adam_;
  ClassifierStep step_;
  std::pair<double, double> best_score_{std::numeric_limits<double>::infinity(), 0};
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

absl::StatusOr<ClassifierParameters> TrainClassifier(ClassifierParameters initial,
                                                     const ClassifierPlan& plan,
                                                     const EpochPlan& epochs,
                                                     const LabelledRows& training,
                                                     const LabelledRows& validation,
                                                     ThreadPool& pool, TrainingObserver& observer) {
  ClassifierStepOptions options;
  options.max_rows = std::min(epochs.batch_size, epochs.rows);
  options.weight_decay = plan.weight_decay;
  options.input_dropout = plan.input_dropout;
  options.hidden_dropout = plan.hidden_dropout;
  options.seed = epochs.seed;
  ClassifierStage stage(std::move(initial), plan, options, training, validation, pool);
  CAE_RETURN_IF_ERROR(RunEpochs(epochs, stage, observer));
  return stage.Result();
}

}  // namespace cae
