#include "trainer/checkpoint/training_fingerprint.h"

#include <cstdint>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/thread_pool.h"
#include "core/io/sha256.h"
#include "trainer/base/random_stream.h"
#include "trainer/criteria/cae_step.h"
#include "trainer/criteria/classifier_step.h"
#include "trainer/training/classifier_training.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

// No whole vectors, and more than one piece.
constexpr Index kRows = 33, kInputs = 75, kUnits = 141, kClasses = 10;
constexpr int kSteps = 3;

template <typename Derived>
void AppendBits(const Eigen::PlainObjectBase<Derived>& values, std::string& bits) {
  bits.append(reinterpret_cast<const char*>(values.data()),
              static_cast<std::size_t>(values.size()) * sizeof(float));
}

void Probe(const OptimiserOptions& options, std::string& bits) {
  const Matrix data =
      (RandomStream(1, RandomUse::kGradientCheck, 1).UniformMatrix(kRows, kInputs, 0.5).array() +
       0.5f)
          .matrix();
  std::vector<Index> rows(kRows);
  std::iota(rows.begin(), rows.end(), Index{0});
  ThreadPool pool(1);
  LayerPlan plan;
  plan.units = kUnits;
  LayerParameters layer = InitialLayer(plan, Vector::Constant(kInputs, 0.5f), 1, 0);
  const std::unique_ptr<Optimiser> layer_optimiser = MakeOptimiser(options);
  CaeStep layer_step(layer, {.contraction = plan.contraction, .max_rows = kRows}, *layer_optimiser,
                     pool);
  for (int i = 0; i < kSteps; ++i) layer_step.Descend(data, rows, 0.01);

  std::vector<std::uint8_t> labels(kRows);
  for (Index i = 0; i < kRows; ++i) labels[i] = static_cast<std::uint8_t>(i % kClasses);
  ClassifierParameters classifier = InitialClassifier({layer}, kClasses, 1);
  const std::unique_ptr<Optimiser> optimiser = MakeOptimiser(options);
  ClassifierStep step(classifier, {kRows, 0.01, 0.2, 0.2, 1}, *optimiser, pool);
  for (int i = 0; i < kSteps; ++i) step.Descend({data, labels}, rows, 0.01);

  AppendBits(layer.encoder.weight, bits);
  AppendBits(layer.decoder_bias, bits);
  AppendBits(classifier.layers[0].weight, bits);
  AppendBits(classifier.output.weight, bits);
}

}  // namespace

std::string TrainingFingerprint() {
  std::string bits = absl::StrCat("numeric version ", kTrainingNumericVersion, "\n");
  Probe(AdamOptions{}, bits);
  Probe(SgdOptions{0.9, true}, bits);
  return Sha256Hex(bits).substr(0, 32);
}

}  // namespace cae
