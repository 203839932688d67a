#include "trainer/training/layer_training.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/math/gemm.h"
#include "core/math/vector_math.h"
#include "trainer/base/random_stream.h"
#include "trainer/criteria/cae_step.h"

namespace cae {
namespace {

// a with s(a) = mean; means at the ends of the range of s are moved inside.
float PreActivationOf(Activation activation, float mean) {
  constexpr float kMargin = 1e-3f;
  switch (activation) {
    case Activation::kLogistic: {
      const float inside = std::clamp(mean, kMargin, 1 - kMargin);
      return std::log(inside / (1 - inside));
    }
    case Activation::kTanh:
      return std::atanh(std::clamp(mean, kMargin - 1, 1 - kMargin));
    case Activation::kRelu:
      // Below zero no gradient would ever lift it.
      return std::max(mean, kMargin);
    case Activation::kIdentity:
      break;
  }
  return mean;
}

class LayerStage : public TrainingStage {
 public:
  LayerStage(LayerParameters& layer, const OptimiserOptions& optimiser,
             const CaeStepOptions& options, ConstMatrixView training, ConstMatrixView validation,
             ThreadPool& pool)
      : layer_(layer),
        contraction_(options.contraction),
        stability_(options.stability.weight),
        invariance_(options.invariance.weight),
        training_(training),
        validation_(validation),
        optimiser_(MakeOptimiser(optimiser)),
        step_(layer, options, *optimiser_, pool) {}

  StepResult Descend(absl::Span<const Index> rows, double learning_rate) override {
    const CaeLoss loss = step_.Descend(training_, rows, learning_rate);
    return {MetricsOf(loss), loss.gradient_norm, loss.finite};
  }

  Metrics Validate() override {
    if (validation_.rows() == 0) return {};
    return MetricsOf(step_.Measure(validation_));
  }

  void Exchange(StateArchive& archive) override {
    ExchangeLayer("current", layer_, archive);
    optimiser_->Exchange(archive);
    step_.Exchange(archive);
  }

 private:
  Metrics MetricsOf(const CaeLoss& loss) const {
    Metrics metrics = {{"reconstruction", loss.reconstruction}, {"contraction", loss.contraction}};
    if (stability_ > 0) metrics.push_back({"stability", loss.stability});
    if (invariance_ > 0) metrics.push_back({"invariance", loss.invariance});
    metrics.push_back({"loss", loss.reconstruction + contraction_ * loss.contraction +
                                   stability_ * loss.stability + invariance_ * loss.invariance});
    return metrics;
  }

  LayerParameters& layer_;
  const double contraction_, stability_, invariance_;
  const ConstMatrixView training_, validation_;
  const std::unique_ptr<Optimiser> optimiser_;
  CaeStep step_;
};

}  // namespace

LayerParameters InitialLayer(const LayerPlan& plan, const Vector& mean_of_data, std::uint64_t seed,
                             int layer) {
  const Index inputs = mean_of_data.size();
  const double glorot = std::sqrt(6.0 / static_cast<double>(inputs + plan.units));
  const double limit = plan.activation == Activation::kLogistic ? 4 * glorot : glorot;
  LayerParameters parameters;
  parameters.encoder.activation = plan.activation;
  parameters.encoder.weight =
      RandomStream(seed, RandomUse::kWeights, layer).UniformMatrix(plan.units, inputs, limit);
  parameters.encoder.bias = Vector::Zero(plan.units);
  if (!plan.tied) parameters.decoder_weight = parameters.encoder.weight.transpose();
  parameters.decoder_activation = plan.decoder_activation;
  parameters.decoder_bias = mean_of_data.unaryExpr(
      [&](float mean) { return PreActivationOf(plan.decoder_activation, mean); });
  return parameters;
}

absl::StatusOr<LayerParameters> TrainLayer(const LayerPlan& plan, const EpochPlan& epochs,
                                           ConstMatrixView training, ConstMatrixView validation,
                                           ThreadPool& pool, const RunServices& services,
                                           const DenseParameters* below) {
  const Vector mean = training.cast<double>().colwise().mean().cast<float>().transpose();
  LayerParameters layer = InitialLayer(plan, mean, epochs.seed, epochs.stage_number);
  CaeStepOptions options;
  options.contraction = plan.contraction;
  options.stability = plan.stability;
  options.invariance = plan.invariance;
  options.below = below;
  options.corruption = plan.corruption;
  options.max_rows = std::min(epochs.batch_size, epochs.rows);
  options.seed = epochs.seed;
  options.stage = static_cast<std::uint64_t>(epochs.stage_number);
  LayerStage stage(layer, plan.optimiser, options, training, validation, pool);
  CAE_RETURN_IF_ERROR(RunEpochs(epochs, stage, services));
  return layer;
}

void ExchangeLayer(absl::string_view name, LayerParameters& layer, StateArchive& archive) {
  archive.Floats(absl::StrCat(name, ".encoder.weight"), layer.encoder.weight);
  archive.Floats(absl::StrCat(name, ".encoder.bias"), layer.encoder.bias);
  if (!layer.tied()) archive.Floats(absl::StrCat(name, ".decoder.weight"), layer.decoder_weight);
  archive.Floats(absl::StrCat(name, ".decoder.bias"), layer.decoder_bias);
}

Matrix EncodeRows(const DenseParameters& encoder, ConstMatrixView rows, ThreadPool& pool) {
  constexpr Index kRowsPerPiece = 256;
  Matrix codes(rows.rows(), encoder.units());
  const auto pieces = static_cast<int>((rows.rows() + kRowsPerPiece - 1) / kRowsPerPiece);
  pool.ParallelFor(pieces, [&](int piece) {
    const Index first = piece * kRowsPerPiece;
    const Index count = std::min(kRowsPerPiece, rows.rows() - first);
    Gemm(Transpose::kNo, Transpose::kYes, 1, rows.middleRows(first, count), encoder.weight, 0,
         codes.middleRows(first, count));
    for (Index i = first; i < first + count; ++i) {
      AddBiasAndActivate(encoder.activation,
                         {encoder.bias.data(), static_cast<std::size_t>(encoder.bias.size())},
                         {codes.row(i).data(), static_cast<std::size_t>(codes.cols())});
    }
  });
  return codes;
}

}  // namespace cae
