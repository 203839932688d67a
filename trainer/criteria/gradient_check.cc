#include "trainer/criteria/gradient_check.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/base/thread_pool.h"
#include "core/model/model_parameters.h"
#include "trainer/base/random_stream.h"
#include "trainer/criteria/cae_step.h"
#include "trainer/criteria/finite_differences.h"
#include "trainer/criteria/gradient_recorder.h"
#include "trainer/criteria/reference_cae.h"

namespace cae {
namespace {

VectorD NumericalCaeGradient(ReferenceCaeLayer layer, const MatrixD& inputs, double contraction) {
  return NumericalGradient(
      [&](const VectorD& moved) {
        SetParameters(moved, 0, layer);
        const ReferenceCaeLoss loss = ReferenceLoss(layer, inputs);
        return loss.reconstruction + contraction * loss.contraction;
      },
      ParametersOf(layer));
}

VectorD FastGradient(LayerParameters layer, const Matrix& inputs, CaeStepOptions options) {
  options.max_rows = inputs.rows();
  ThreadPool pool(1);
  GradientRecorder recorder;
  CaeStep step(layer, options, recorder, pool);
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

// The neighbours that the first step of these options draws.
MatrixD FirstNeighbours(const NeighbourPenalty& penalty, const DenseParameters* below,
                        const Matrix& rows) {
  ThreadPool pool(1);
  Matrix neighbours(penalty.copies * rows.rows(), rows.cols());
  NeighbourRows(penalty, below, pool).Fill({0, 0, /*step=*/1}, 0, rows, neighbours);
  return neighbours.cast<double>();
}

}  // namespace

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

GradientErrors CheckCaeGradient(const GradientCheckCase& check) {
  RandomStream random(check.seed, RandomUse::kGradientCheck, 0);
  const LayerParameters layer = RandomLayer(check, random);
  const Matrix inputs =
      (random.UniformMatrix(check.rows, check.inputs, 0.5).array() + 0.5f).matrix();
  const ReferenceCaeLayer reference = ToDouble(layer);
  const MatrixD inputs_in_double = inputs.cast<double>();
  const VectorD formulas =
      ParametersOf(ReferenceGradient(reference, inputs_in_double, check.contraction));
  return {LargestRelativeError(
              formulas, NumericalCaeGradient(reference, inputs_in_double, check.contraction)),
          LargestRelativeError(FastGradient(layer, inputs, {.contraction = check.contraction}),
                               formulas)};
}

double CheckNeighbourGradient(const NeighbourCheckCase& check) {
  RandomStream random(check.layer.seed, RandomUse::kGradientCheck, 0);
  const LayerParameters layer = RandomLayer(check.layer, random);
  const Matrix rows =
      (random.UniformMatrix(check.layer.rows, check.layer.inputs, 0.5).array() + 0.5f).matrix();
  DenseParameters below;
  below.weight = random.UniformMatrix(check.layer.inputs, 7, 0.8);
  CaeStepOptions options;
  options.contraction = check.layer.contraction;
  options.stability = {check.stability, check.copies, 0.5};
  options.invariance = {check.invariance, check.copies, 0.7};
  options.below = &below;
  if (check.corrupted) options.corruption = {.noise_stddev = 0.3, .masking = 0.2};
  Matrix read = rows;
  Corrupt(options.corruption, {0, 0, /*step=*/1}, 0, read);
  const MatrixD stability = FirstNeighbours(options.stability, nullptr, read);
  const MatrixD invariance = FirstNeighbours(options.invariance, &below, read);
  ReferenceCaeLayer moving = ToDouble(layer);
  const MatrixD inputs = read.cast<double>(), targets = rows.cast<double>();
  const VectorD numerical = NumericalGradient(
      [&](const VectorD& moved) {
        SetParameters(moved, 0, moving);
        const ReferenceCaeLoss loss = ReferenceLoss(moving, inputs, targets);
        return loss.reconstruction + check.layer.contraction * loss.contraction +
               check.stability * ReferenceLossOfNeighbours(moving, inputs, stability).stability +
               check.invariance * ReferenceLossOfNeighbours(moving, inputs, invariance).invariance;
      },
      ParametersOf(moving));
  return LargestRelativeError(FastGradient(layer, rows, options), numerical);
}

}  // namespace cae
