#include "trainer/criteria/stack_step.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/math/gemm.h"
#include "core/math/vector_math.h"
#include "trainer/criteria/code_gradient.h"
#include "trainer/criteria/piece_views.h"
#include "trainer/criteria/reconstruction_loss.h"

namespace cae {
namespace {

// out = rows Vᵀ, the part of it that belongs to `inputs`.
void DecodeProduct(const LayerParameters& layer, MatrixView codes, const Piece& inputs,
                   MatrixRef out) {
  if (layer.tied()) {
    Gemm(Transpose::kNo, Transpose::kNo, 1, codes,
         layer.encoder.weight.middleCols(inputs.first, inputs.count), 0, out);
  } else {
    Gemm(Transpose::kNo, Transpose::kYes, 1, codes,
         layer.decoder_weight.middleRows(inputs.first, inputs.count), 0, out);
  }
}

// out = deltas V, the part of it that belongs to `units`.
void DecodeGradient(const LayerParameters& layer, MatrixView deltas, const Piece& units,
                    MatrixRef out) {
  if (layer.tied()) {
    Gemm(Transpose::kNo, Transpose::kYes, 1, deltas,
         layer.encoder.weight.middleRows(units.first, units.count), 0, out);
  } else {
    Gemm(Transpose::kNo, Transpose::kNo, 1, deltas,
         layer.decoder_weight.middleCols(units.first, units.count), 0, out);
  }
}

}  // namespace

StackStep::StackStep(std::vector<LayerParameters>& layers, const StackStepOptions& options,
                     Optimiser& optimiser, ThreadPool& pool)
    : options_(options), optimiser_(optimiser), pool_(pool) {
  CAE_CHECK(!layers.empty() && options.contractions.size() == layers.size(),
            absl::StrCat(options.contractions.size(), " contractions"));
  const Index most = options.max_rows;
  const bool chains = options.walkback.noise_stddev > 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Level level;
    level.layer = &layers[l];
    level.contraction = static_cast<float>(options.contractions[l]);
    const Index units = layers[l].units(), inputs = layers[l].input_units();
    level.unit_pieces = CutIntoPieces(units);
    level.input_pieces = CutIntoPieces(inputs);
    level.weight = optimiser_.AddTensor(units * inputs, 0);
    level.bias = optimiser_.AddTensor(units, 0);
    level.decoder_bias = optimiser_.AddTensor(inputs, 0);
    if (!layers[l].tied()) level.decoder_weight = optimiser_.AddTensor(inputs * units, 0);
    level.below.resize(2 * most, inputs);
    level.above.resize(2 * most, units);
    if (chains) level.noise.resize(most, units);
    level.squared_norms.resize(units);
    level.delta_sums.resize(units);
    level.squared_sums.resize(units);
    levels_.push_back(std::move(level));
  }
  top_codes_.resize(most, layers.back().units());
  // Checkpoints hold all of the chains, those that are not there yet, too.
  targets_ = Matrix::Zero(most, layers.front().input_units());
  if (!chains) return;
  input_noise_.resize(most, layers.front().input_units());
  outputs_ = Matrix::Zero(most, layers.front().input_units());
}

void StackStep::Exchange(StateArchive& archive) {
  archive.Integer("stack_step.steps", steps_);
  if (outputs_.size() == 0) return;
  archive.Integer("stack_step.chains", chains_);
  archive.Floats("stack_step.outputs", outputs_);
  archive.Floats("stack_step.targets", targets_);
}

double StackStep::RunPieces(const std::vector<Piece>& pieces, const PieceWork& work) {
  std::vector<double> results(pieces.size());
  pool_.ParallelFor(static_cast<int>(pieces.size()), [&](int i) { results[i] = work(pieces[i]); });
  return std::accumulate(results.begin(), results.end(), 0.0);
}

StackLoss StackStep::Descend(ConstMatrixView data, absl::Span<const Index> rows,
                             double learning_rate) {
  ++steps_;
  TakeRows(data, rows);
  if (options_.corruption.any()) CorruptInputs();
  optimiser_.BeginStep(learning_rate);
  for (std::size_t l = 0; l < levels_.size(); ++l) Encode(l);
  AddNoise();
  StackLoss loss;
  loss.reconstruction = DecodeAndCompare() / static_cast<double>(rows_);
  loss.penalty = Backpropagate() / static_cast<double>(rows_);
  const double squares = Update();
  loss.gradient_norm = std::sqrt(squares);
  loss.finite = std::isfinite(loss.reconstruction + loss.penalty + squares);
  if (outputs_.size() > 0) chains_ = std::max<std::int64_t>(chains_, rows_);
  return loss;
}

StackLoss StackStep::Measure(ConstMatrixView data) {
  const Matrix targets = targets_, outputs = outputs_;  // of the chains
  StackLoss sum;
  for (Index first = 0; first < data.rows(); first += options_.max_rows) {
    rows_ = std::min(options_.max_rows, data.rows() - first);
    Inputs(0) = Rows(data, first, rows_);
    Upper(targets_) = Inputs(0);
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      Encode(l);
      Deltas(l).setZero();
      sum.penalty += RunPieces(levels_[l].unit_pieces,
                               [&](const Piece& units) { return Differentiate(l, units); });
    }
    Decoded(levels_.size() - 1) = Upper(top_codes_);
    sum.reconstruction += DecodeAndCompare();
  }
  targets_ = targets;
  outputs_ = outputs;
  const auto rows = static_cast<double>(data.rows());
  return {sum.reconstruction / rows, sum.penalty / rows, 0,
          std::isfinite(sum.reconstruction + sum.penalty)};
}

void StackStep::TakeRows(ConstMatrixView data, absl::Span<const Index> rows) {
  rows_ = static_cast<Index>(rows.size());
  CAE_CHECK(rows_ > 0 && rows_ <= options_.max_rows, absl::StrCat("a batch of ", rows_, " rows"));
  RandomStream coins(options_.seed, RandomUse::kWalkbackCoins,
                     options_.stage << 40 | static_cast<std::uint64_t>(steps_));
  for (Index i = 0; i < rows_; ++i) {
    const bool goes_on = coins.Uniform() < options_.walkback.probability && i < chains_;
    if (!goes_on) targets_.row(i) = data.row(rows[i]);
    if (goes_on) {
      Inputs(0).row(i) = outputs_.row(i);
    } else {
      Inputs(0).row(i) = targets_.row(i);
    }
  }
}

void StackStep::CorruptInputs() {
  RunPieces(CutIntoPieces(rows_), [&](const Piece& rows) {
    Corrupt(options_.corruption,
            {options_.seed, options_.stage, static_cast<std::uint64_t>(steps_)}, rows.first,
            Rows(Inputs(0), rows.first, rows.count));
    return 0;
  });
}

void StackStep::Encode(std::size_t l) {
  Level& level = levels_[l];
  const DenseParameters& encoder = level.layer->encoder;
  RunPieces(level.unit_pieces, [&](const Piece& units) {
    const auto weight = encoder.weight.middleRows(units.first, units.count);
    for (Index j = 0; j < units.count; ++j) {
      level.squared_norms[units.first + j] = static_cast<float>(
          SquaredNorm({weight.row(j).data(), static_cast<std::size_t>(weight.cols())}));
    }
    Gemm(Transpose::kNo, Transpose::kYes, 1, Inputs(l), weight, 0,
         Codes(l).middleCols(units.first, units.count));
    for (Index i = 0; i < rows_; ++i) {
      AddBiasAndActivate(encoder.activation, VectorPart(level.layer->encoder.bias, units),
                         RowPart(Codes(l), i, units));
    }
    return 0;
  });
}

void StackStep::ScaleNoise(std::size_t l, const Piece& units) {
  const Activation activation = levels_[l].layer->encoder.activation;
  for (Index i = 0; i < rows_; ++i) {
    const absl::Span<float> noise = RowPart(Upper(levels_[l].noise), i, units);
    const absl::Span<const float> codes = RowPart(Codes(l), i, units);
    for (std::size_t j = 0; j < noise.size(); ++j) {
      noise[j] *= ActivationDerivative(activation, codes[j]);
    }
  }
}

// What the decoder reads: the top code, with J Jᵀ ε of the whole stack where chains are trained.
// Down the stack v ← (v W_l) ⊙ s'(a_{l−1}), and up again v ← (v W_lᵀ) ⊙ s'(a_l).
void StackStep::AddNoise() {
  const std::size_t top = levels_.size() - 1;
  Decoded(top) = Upper(top_codes_);
  if (outputs_.size() == 0) return;
  RunPieces(CutIntoPieces(rows_), [&](const Piece& rows) {
    FillNormals({options_.seed, options_.stage, static_cast<std::uint64_t>(steps_)},
                RandomUse::kWalkback, rows.first,
                Rows(Upper(levels_[top].noise), rows.first, rows.count));
    return 0;
  });
  RunPieces(levels_[top].unit_pieces, [&](const Piece& units) {
    ScaleNoise(top, units);
    return 0;
  });
  for (std::size_t l = levels_.size(); l-- > 0;) {
    RunPieces(levels_[l].input_pieces, [&](const Piece& inputs) {
      MatrixView below = l > 0 ? Upper(levels_[l - 1].noise) : Upper(input_noise_);
      Gemm(Transpose::kNo, Transpose::kNo, 1, Upper(levels_[l].noise),
           levels_[l].layer->encoder.weight.middleCols(inputs.first, inputs.count), 0,
           below.middleCols(inputs.first, inputs.count));
      if (l > 0) ScaleNoise(l - 1, inputs);
      return 0;
    });
  }
  const auto stddev = static_cast<float>(options_.walkback.noise_stddev);
  for (std::size_t l = 0; l <= top; ++l) {
    RunPieces(levels_[l].unit_pieces, [&](const Piece& units) {
      const MatrixView below = l > 0 ? Upper(levels_[l - 1].noise) : Upper(input_noise_);
      Gemm(Transpose::kNo, Transpose::kYes, 1, below,
           levels_[l].layer->encoder.weight.middleRows(units.first, units.count), 0,
           Upper(levels_[l].noise).middleCols(units.first, units.count));
      ScaleNoise(l, units);
      for (Index i = 0; l == top && i < rows_; ++i) {
        AddScaled(stddev, RowPart(Upper(levels_[l].noise), i, units),
                  RowPart(Decoded(top), i, units));
      }
      return 0;
    });
  }
}

double StackStep::DecodeAndCompare() {
  for (std::size_t l = levels_.size() - 1; l > 0; --l) {
    LayerParameters& layer = *levels_[l].layer;
    RunPieces(levels_[l].input_pieces, [&](const Piece& inputs) {
      MatrixView below = Decoded(l - 1);
      DecodeProduct(layer, Decoded(l), inputs, below.middleCols(inputs.first, inputs.count));
      for (Index i = 0; i < rows_; ++i) {
        AddBiasAndActivate(layer.decoder_activation, VectorPart(layer.decoder_bias, inputs),
                           RowPart(below, i, inputs));
      }
      return 0;
    });
  }
  return RunPieces(levels_[0].input_pieces,
                   [&](const Piece& inputs) { return CompareOutputs(inputs); });
}

double StackStep::CompareOutputs(const Piece& inputs) {
  LayerParameters& layer = *levels_[0].layer;
  MatrixView values = OutputDeltas(0);
  const absl::Span<const float> bias = VectorPart(layer.decoder_bias, inputs);
  DecodeProduct(layer, Decoded(0), inputs, values.middleCols(inputs.first, inputs.count));
  double loss = 0;
  for (Index i = 0; i < rows_; ++i) {
    const absl::Span<float> row = RowPart(values, i, inputs);
    if (outputs_.size() > 0) {
      const absl::Span<float> output = RowPart(Upper(outputs_), i, inputs);
      std::copy(row.begin(), row.end(), output.begin());
      AddBiasAndActivate(layer.decoder_activation, bias, output);
    }
    loss += ReconstructionLoss(layer.decoder_activation, bias, RowPart(Upper(targets_), i, inputs),
                               row);
  }
  return loss;
}

double StackStep::Backpropagate() {
  const std::size_t top = levels_.size() - 1;
  // Up through the decoders: ĥ_l = s_d(V_{l+1} ĥ_{l+1} + b).
  for (std::size_t l = 0; l < top; ++l) {
    const Activation activation = levels_[l + 1].layer->decoder_activation;
    RunPieces(levels_[l].unit_pieces, [&](const Piece& units) {
      MatrixView deltas = OutputDeltas(l + 1);
      DecodeGradient(*levels_[l].layer, OutputDeltas(l), units,
                     deltas.middleCols(units.first, units.count));
      for (Index i = 0; i < rows_; ++i) {
        const absl::Span<float> row = RowPart(deltas, i, units);
        const absl::Span<const float> decoded = RowPart(Decoded(l), i, units);
        for (std::size_t j = 0; j < row.size(); ++j) {
          row[j] *= ActivationDerivative(activation, decoded[j]);
        }
      }
      return 0;
    });
  }
  double penalty = RunPieces(levels_[top].unit_pieces, [&](const Piece& units) {
    DecodeGradient(*levels_[top].layer, OutputDeltas(top), units,
                   Deltas(top).middleCols(units.first, units.count));
    return Differentiate(top, units);
  });
  // And down through the encoders.
  for (std::size_t l = top; l > 0; --l) {
    penalty += RunPieces(levels_[l].input_pieces, [&](const Piece& inputs) {
      Gemm(Transpose::kNo, Transpose::kNo, 1, Deltas(l),
           levels_[l].layer->encoder.weight.middleCols(inputs.first, inputs.count), 0,
           Deltas(l - 1).middleCols(inputs.first, inputs.count));
      return Differentiate(l - 1, inputs);
    });
  }
  return penalty;
}

double StackStep::Differentiate(std::size_t l, const Piece& units) {
  Level& level = levels_[l];
  const auto part = [&](std::vector<float>& sums) {
    return absl::MakeSpan(sums).subspan(units.first, units.count);
  };
  const CodeGradientSums sums = {part(level.delta_sums), part(level.squared_sums)};
  std::fill(sums.deltas.begin(), sums.deltas.end(), 0.0f);
  std::fill(sums.squared_derivatives.begin(), sums.squared_derivatives.end(), 0.0f);
  for (Index i = 0; i < rows_; ++i) {
    AddContractionAndDifferentiate(
        level.layer->encoder.activation, level.contraction, RowPart(Codes(l), i, units),
        VectorPart(level.squared_norms, units), RowPart(Deltas(l), i, units), sums);
  }
  double contraction = 0;
  for (Index j = 0; j < units.count; ++j) {
    contraction += double{sums.squared_derivatives[j]} * level.squared_norms[units.first + j];
  }
  return level.contraction * contraction;
}

// All products of all layers share out together: none needs another's weights.
double StackStep::Update() {
  std::vector<std::function<double()>> tasks;
  for (Level& level : levels_) {
    for (const Piece& units : level.unit_pieces) {
      tasks.emplace_back([this, &level, &units] { return UpdateEncoder(level, units); });
    }
    for (const Piece& inputs : level.input_pieces) {
      tasks.emplace_back([this, &level, &inputs] { return UpdateDecoder(level, inputs); });
    }
  }
  std::vector<double> squares(tasks.size());
  pool_.ParallelFor(static_cast<int>(tasks.size()), [&](int i) { squares[i] = tasks[i](); });
  return std::accumulate(squares.begin(), squares.end(), 0.0);
}

double StackStep::UpdateEncoder(Level& level, const Piece& units) {
  LayerParameters& layer = *level.layer;
  const Index inputs = layer.input_units();
  const float mean = 1 / static_cast<float>(rows_);
  const Index stacked = layer.tied() ? 2 * rows_ : rows_;
  MatrixView gradient = GradientBuffer(units.count, inputs);
  Gemm(Transpose::kYes, Transpose::kNo, mean,
       MatrixView(level.above.data(), stacked, layer.units()).middleCols(units.first, units.count),
       MatrixView(level.below.data(), stacked, inputs), 0, gradient);
  double squares = 0;
  std::vector<float> bias_gradient(units.count);
  for (Index j = 0; j < units.count; ++j) {
    const Index unit = units.first + j;
    // The part of the penalty's gradient that goes through ‖W_j‖² is a multiple of W_j.
    const float pull = 2 * level.contraction * mean * level.squared_sums[unit];
    squares += optimiser_.Update(level.weight, unit * inputs, pull, Elements(Rows(gradient, j, 1)),
                                 Elements(Rows(MatrixView(layer.encoder.weight), unit, 1)));
    bias_gradient[j] = mean * level.delta_sums[unit];
  }
  return squares + optimiser_.Update(level.bias, units.first, 0, bias_gradient,
                                     VectorPart(layer.encoder.bias, units));
}

double StackStep::UpdateDecoder(Level& level, const Piece& inputs) {
  LayerParameters& layer = *level.layer;
  const float mean = 1 / static_cast<float>(rows_);
  const auto deltas = Lower(level.below).middleCols(inputs.first, inputs.count);
  const Vector bias_gradient = mean * deltas.colwise().sum().transpose();
  double squares = optimiser_.Update(level.decoder_bias, inputs.first, 0,
                                     {bias_gradient.data(), static_cast<std::size_t>(inputs.count)},
                                     VectorPart(layer.decoder_bias, inputs));
  if (layer.tied()) return squares;
  MatrixView gradient = GradientBuffer(inputs.count, layer.units());
  Gemm(Transpose::kYes, Transpose::kNo, mean, deltas, Lower(level.above), 0, gradient);
  squares += optimiser_.Update(
      level.decoder_weight, inputs.first * layer.units(), 0, Elements(gradient),
      Elements(Rows(MatrixView(layer.decoder_weight), inputs.first, inputs.count)));
  return squares;
}

}  // namespace cae
