#include "trainer/criteria/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/base/thread_pool.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/cae_step.h"
#include "trainer/criteria/gradient_recorder.h"
#include "trainer/criteria/reference_cae.h"
#include "trainer/training/random_stream.h"

namespace cae {
namespace {

LayerParameters RandomLayer(const GradientCheckCase& check, RandomStream& random) {
  const auto vector = [&](Index size) -> Vector {
    return random.UniformMatrix(size, 1, 0.5).col(0);
  };
  LayerParameters layer;
  layer.encoder = {random.UniformMatrix(check.units, check.inputs, 0.8), vector(check.units),
                   check.activation};
  if (!check.tied) layer.decoder_weight = random.UniformMatrix(check.inputs, check.units, 0.8);
  layer.decoder_bias = vector(check.inputs);
  layer.decoder_activation = check.decoder_activation;
  return layer;
}

// All numbers of a layer one after the other, in the order in which CaeStep registers its tensors.
VectorD Flat(const ReferenceCaeLayer& layer) {
  VectorD flat(layer.weight.size() + layer.bias.size() + layer.decoder_bias.size() +
               layer.decoder_weight.size());
  flat << layer.weight.reshaped<Eigen::RowMajor>(), layer.bias, layer.decoder_bias,
      layer.decoder_weight.reshaped<Eigen::RowMajor>();
  return flat;
}

// The same in the other direction.
void SetFlat(const VectorD& flat, ReferenceCaeLayer& layer) {
  Index next = 0;
  const auto take = [&](double* numbers, Index size) {
    std::copy_n(flat.data() + next, size, numbers);
    next += size;
  };
  take(layer.weight.data(), layer.weight.size());
  take(layer.bias.data(), layer.bias.size());
  take(layer.decoder_bias.data(), layer.decoder_bias.size());
  take(layer.decoder_weight.data(), layer.decoder_weight.size());
}

// f' ≈ (f(−2h) − 8 f(−h) + 8 f(h) − f(2h)) / 12 h, with an error of order h⁴.
VectorD NumericalGradient(ReferenceCaeLayer layer, const MatrixD& inputs, double contraction) {
  constexpr double kStep = 1e-4;
  const VectorD start = Flat(layer);
  VectorD moved = start, gradient(start.size());
  const auto criterion_at = [&](Index i, double steps) {
    moved[i] = start[i] + steps * kStep;
    SetFlat(moved, layer);
    const ReferenceCaeLoss loss = ReferenceLoss(layer, inputs);
    return loss.reconstruction + contraction * loss.contraction;
  };
  for (Index i = 0; i < start.size(); ++i) {
    const double difference =
        criterion_at(i, -2) - 8 * criterion_at(i, -1) + 8 * criterion_at(i, 1) - criterion_at(i, 2);
    gradient[i] = difference / (12 * kStep);
    moved[i] = start[i];
  }
  return gradient;
}

VectorD FastGradient(LayerParameters layer, const Matrix& inputs, double contraction) {
  ThreadPool pool(1);
  GradientRecorder recorder;
  CaeStep step(layer, contraction, inputs.rows(), recorder, pool);
  std::vector<Index> rows(inputs.rows());
  std::iota(rows.begin(), rows.end(), Index{0});
  step.Descend(inputs, rows, /*learning_rate=*/1);
  const Index decoder_weights = layer.decoder_weight.size();
  VectorD flat(layer.encoder.weight.size() + layer.units() + layer.input_units() + decoder_weights);
  flat << recorder.gradient(0).cast<double>(), recorder.gradient(1).cast<double>(),
      recorder.gradient(2).cast<double>(),
      decoder_weights > 0 ? VectorD(recorder.gradient(3).cast<double>()) : VectorD();
  return flat;
}

double LargestRelativeError(const VectorD& gradient, const VectorD& reference) {
  const double floor = 1e-3 * reference.cwiseAbs().maxCoeff();
  double largest = 0;
  for (Index i = 0; i < reference.size(); ++i) {
    const double scale = std::max({std::abs(gradient[i]), std::abs(reference[i]), floor});
    const double error = std::abs(gradient[i] - reference[i]) / scale;
    // Written so that NaN counts as an error.
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

}  // namespace

GradientErrors CheckCaeGradient(const GradientCheckCase& check) {
  RandomStream random(check.seed, RandomUse::kGradientCheck, 0);
  const LayerParameters layer = RandomLayer(check, random);
  const Matrix inputs =
      (random.UniformMatrix(check.rows, check.inputs, 0.5).array() + 0.5f).matrix();
  const ReferenceCaeLayer reference = ToDouble(layer);
  const MatrixD inputs_in_double = inputs.cast<double>();
  const VectorD formulas = Flat(ReferenceGradient(reference, inputs_in_double, check.contraction));
  return {LargestRelativeError(formulas,
                               NumericalGradient(reference, inputs_in_double, check.contraction)),
          LargestRelativeError(FastGradient(layer, inputs, check.contraction), formulas)};
}

}  // namespace cae
