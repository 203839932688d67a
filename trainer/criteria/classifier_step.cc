#include "trainer/criteria/classifier_step.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/math/gemm.h"
#include "core/math/vector_math.h"
#include "trainer/criteria/dropout.h"
#include "trainer/criteria/piece_views.h"

namespace cae {
namespace {

// What a row's probabilities are held to: 1 − smoothing for its class, and smoothing shared by all.
double TargetOf(std::size_t k, std::uint8_t label, double smoothing, std::size_t classes) {
  return (k == label ? 1 - smoothing : 0) + smoothing / static_cast<double>(classes);
}

// The part of a softmax row: replaces logits by ∂loss/∂logits and returns the loss.
double SoftmaxLoss(std::uint8_t label, double smoothing, absl::Span<float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  const double log_sum = largest + std::log(sum);
  double loss = log_sum;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    const double target = TargetOf(k, label, smoothing, logits.size());
    loss -= target * logits[k];
    logits[k] = static_cast<float>(std::exp(logits[k] - log_sum) - target);
  }
  return loss;
}

}  // namespace

ClassifierStep::ClassifierStep(ClassifierParameters& classifier,
                               const ClassifierStepOptions& options, Optimiser& optimiser,
                               ThreadPool& pool)
    : options_(options),
      directions_(options.tangents.directions()),
      optimiser_(optimiser),
      pool_(pool) {
  CAE_CHECK(!classifier.layers.empty(), "a classifier without a tower");
  for (std::size_t l = 0; l <= classifier.layers.size(); ++l) {
    const bool output = l == classifier.layers.size();
    Level level;
    level.parameters = output ? &classifier.output : &classifier.layers[l];
    const Index units = level.parameters->units(), inputs = level.parameters->input_units();
    level.unit_pieces = CutIntoPieces(units);
    level.input_pieces = CutIntoPieces(inputs);
    level.weight = optimiser_.AddTensor(units * inputs, options.weight_decay);
    level.bias = optimiser_.AddTensor(units, 0);
    level.dropout = output ? 0 : options.hidden_dropout;
    const Index lines = (1 + directions_) * options.max_rows;
    level.outputs.resize(lines, units);
    level.deltas.resize(lines, units);
    if (!output && (directions_ > 0 || level.dropout > 0)) level.read.resize(lines, units);
    if (level.dropout > 0) level.mask.resize(options.max_rows, units);
    levels_.push_back(std::move(level));
  }
  const Index inputs = levels_.front().parameters->input_units();
  inputs_.resize((1 + directions_) * options.max_rows, inputs);
  if (options.input_dropout > 0) input_mask_.resize(options.max_rows, inputs);
}

double ClassifierStep::RunPieces(const std::vector<Piece>& pieces,
                                 const std::function<double(const Piece&)>& work) {
  std::vector<double> results(pieces.size());
  pool_.ParallelFor(static_cast<int>(pieces.size()), [&](int i) { results[i] = work(pieces[i]); });
  return std::accumulate(results.begin(), results.end(), 0.0);
}

MatrixView ClassifierStep::InputsOf(std::size_t l, bool training) {
  if (l == 0) return Lines(inputs_, training);
  Level& below = levels_[l - 1];
  return Lines(training && below.read.size() > 0 ? below.read : below.outputs, training);
}

ClassifierLoss ClassifierStep::Descend(const LabelledRows& data, absl::Span<const Index> rows,
                                       double learning_rate) {
  rows_ = static_cast<Index>(rows.size());
  CAE_CHECK(rows_ > 0 && rows_ <= options_.max_rows, absl::StrCat("a batch of ", rows_, " rows"));
  std::vector<std::uint8_t> labels;
  for (Index i = 0; i < rows_; ++i) {
    inputs_.row(i) = data.rows.row(rows[i]);
    labels.push_back(data.labels[rows[i]]);
  }
  ++steps_;
  optimiser_.BeginStep(learning_rate);
  if (directions_ > 0) FillTangents(rows);
  if (options_.input_dropout > 0) ThinInputs();
  for (std::size_t l = 0; l < levels_.size(); ++l) Forward(l, /*training=*/true);
  ClassifierLoss loss = CompareLogits(labels, options_.label_smoothing);
  for (Index i = 0; directions_ > 0 && i < rows_; ++i) {
    loss.tangents += PenaliseTangents(i, labels[i]);
  }
  loss.finite = loss.finite && std::isfinite(loss.tangents);
  loss.tangents /= static_cast<double>(rows_);
  loss.cross_entropy /= static_cast<double>(rows_);
  loss.error /= static_cast<double>(rows_);
  double squares = 0;
  for (std::size_t l = levels_.size(); l-- > 0;) {
    // The level below needs the weights as they were when the loss was computed.
    if (l > 0) Backward(l);
    squares += Update(l);
  }
  loss.gradient_norm = std::sqrt(squares);
  loss.finite = loss.finite && std::isfinite(squares);
  return loss;
}

ClassifierLoss ClassifierStep::Measure(const LabelledRows& data) {
  ClassifierLoss sum;
  for (Index first = 0; first < data.rows.rows(); first += options_.max_rows) {
    rows_ = std::min(options_.max_rows, data.rows.rows() - first);
    Batch(inputs_) = Rows(data.rows, first, rows_);
    for (std::size_t l = 0; l < levels_.size(); ++l) Forward(l, /*training=*/false);
    const ClassifierLoss loss = CompareLogits(data.labels.subspan(first, rows_), /*smoothing=*/0);
    sum.cross_entropy += loss.cross_entropy;
    sum.error += loss.error;
    sum.finite = sum.finite && loss.finite;
  }
  const auto rows = static_cast<double>(data.rows.rows());
  return {sum.cross_entropy / rows, sum.error / rows, 0, sum.finite};
}

void ClassifierStep::ThinInputs() {
  RunPieces(levels_.front().input_pieces, [&](const Piece& piece) {
    MatrixView mask = Batch(input_mask_);
    FillDropoutMask({options_.seed, static_cast<std::uint64_t>(steps_), 0}, options_.input_dropout,
                    piece, mask);
    for (Index d = 0; d <= directions_; ++d) {
      Lines(inputs_, /*training=*/true).block(d * rows_, piece.first, rows_, piece.count).array() *=
          mask.middleCols(piece.first, piece.count).array();
    }
    return 0;
  });
}

void ClassifierStep::Forward(std::size_t l, bool training) {
  Level& level = levels_[l];
  const MatrixView inputs = InputsOf(l, training);
  RunPieces(level.unit_pieces, [&](const Piece& units) {
    MatrixView outputs = Lines(level.outputs, training);
    Gemm(Transpose::kNo, Transpose::kYes, 1, inputs,
         level.parameters->weight.middleRows(units.first, units.count), 0,
         outputs.middleCols(units.first, units.count));
    for (Index i = 0; i < rows_; ++i) {
      AddBiasAndActivate(level.parameters->activation, VectorPart(level.parameters->bias, units),
                         RowPart(outputs, i, units));
    }
    if (training && level.dropout > 0) {
      MatrixView mask = Batch(level.mask);
      FillDropoutMask({options_.seed, static_cast<std::uint64_t>(steps_), l + 1}, level.dropout,
                      units, mask);
      Batch(level.read).middleCols(units.first, units.count) =
          Batch(level.outputs)
              .middleCols(units.first, units.count)
              .cwiseProduct(mask.middleCols(units.first, units.count));
    }
    if (training && directions_ > 0 && level.read.size() > 0) PushTangents(level, units);
    return 0;
  });
}

void ClassifierStep::FillTangents(absl::Span<const Index> rows) {
  const TangentPenalty& penalty = options_.tangents;
  const NoisePlace place = {options_.seed, 0, static_cast<std::uint64_t>(steps_)};
  RunPieces(CutIntoPieces(rows_), [&](const Piece& piece) {
    for (Index d = 0; d < directions_; ++d) {
      for (Index i = piece.first; i < piece.first + piece.count; ++i) {
        const Index line = (1 + d) * rows_ + i;
        const absl::Span<float> out = Elements(Rows(MatrixView(inputs_), line, 1));
        if (penalty.combinations > 0) {
          penalty.rows->Combine(rows[i], place, line, out);
        } else {
          penalty.rows->Read(rows[i], d, out);
        }
      }
    }
    return 0;
  });
}

// What the next level reads of tangents, and of rows where no dropout has written that.
void ClassifierStep::PushTangents(Level& level, const Piece& units) {
  const Activation activation = level.parameters->activation;
  MatrixView outputs = Lines(level.outputs, true), read = Lines(level.read, true);
  for (Index i = 0; i < rows_; ++i) {
    const absl::Span<const float> y = RowPart(outputs, i, units);
    std::vector<float> slopes(units.count);
    for (std::size_t j = 0; j < slopes.size(); ++j) {
      slopes[j] = ActivationDerivative(activation, y[j]);
    }
    if (level.dropout > 0) {
      Multiply(slopes, RowPart(Batch(level.mask), i, units), absl::MakeSpan(slopes));
    } else {
      std::copy(y.begin(), y.end(), RowPart(read, i, units).begin());
    }
    for (Index d = 1; d <= directions_; ++d) {
      Multiply(RowPart(outputs, d * rows_ + i, units), slopes, RowPart(read, d * rows_ + i, units));
    }
  }
}

// With ā = ∂criterion/∂(W t) = t̄ ⊙ s' ⊙ mask: through s', ∂/∂a gets ā ⊙ (W t) ⊙ s''/s'.
void ClassifierStep::PullTangents(Level& below, const Piece& units) {
  const Activation activation = below.parameters->activation;
  MatrixView outputs = Lines(below.outputs, true), deltas = Lines(below.deltas, true);
  for (Index i = 0; i < rows_; ++i) {
    const absl::Span<const float> y = RowPart(outputs, i, units);
    const absl::Span<float> delta = RowPart(deltas, i, units);
    const absl::Span<const float> mask =
        below.dropout > 0 ? RowPart(Batch(below.mask), i, units) : absl::Span<float>();
    for (Index d = 1; d <= directions_; ++d) {
      const absl::Span<const float> pushed = RowPart(outputs, d * rows_ + i, units);
      const absl::Span<float> pulled = RowPart(deltas, d * rows_ + i, units);
      for (std::size_t j = 0; j < delta.size(); ++j) {
        pulled[j] *= ActivationDerivative(activation, y[j]);
        if (!mask.empty()) pulled[j] *= mask[j];
        delta[j] += pulled[j] * pushed[j] * ActivationCurvature(activation, y[j]);
      }
    }
  }
}

// With p = softmax(z) and ȯ = p ⊙ (ż − ⟨p, ż⟩) for ż = ∂z/∂x u, of Ω = β ‖ȯ‖², q = ∂Ω/∂ȯ = 2 β ȯ:
//   ∂Ω/∂ż = p ⊙ (q − ⟨q, p⟩),  ∂Ω/∂p = q ⊙ (ż − ⟨p, ż⟩) − ż ⟨q, p⟩,
//   ∂Ω/∂z = p ⊙ (∂Ω/∂p − ⟨p, ∂Ω/∂p⟩).
double ClassifierStep::PenaliseTangents(Index row, std::uint8_t label) {
  Level& output = levels_.back();
  MatrixView deltas = Lines(output.deltas, true), rates = Lines(output.outputs, true);
  VectorD p = deltas.row(row).cast<double>().transpose();
  for (Index k = 0; k < p.size(); ++k) {
    p[k] += TargetOf(k, label, options_.label_smoothing, p.size());
  }
  const double share =
      options_.tangents.combinations > 0 ? 1.0 / options_.tangents.combinations : 1;
  VectorD by_p = VectorD::Zero(p.size());
  double sum = 0;
  for (Index d = 1; d <= directions_; ++d) {
    const VectorD rate = rates.row(d * rows_ + row).cast<double>().transpose();
    const VectorD centred = rate.array() - p.dot(rate);
    const VectorD change = p.cwiseProduct(centred);
    const VectorD q = 2 * options_.tangents.weight * share * change;
    const double along = q.dot(p);
    by_p += q.cwiseProduct(centred) - along * rate;
    deltas.row(d * rows_ + row) =
        (p.array() * (q.array() - along)).matrix().cast<float>().transpose();
    sum += share * change.squaredNorm();
  }
  deltas.row(row) += (p.array() * (by_p.array() - p.dot(by_p))).matrix().cast<float>().transpose();
  return sum;
}

ClassifierLoss ClassifierStep::CompareLogits(absl::Span<const std::uint8_t> labels,
                                             double smoothing) {
  Level& output = levels_.back();
  MatrixView deltas = Batch(output.deltas);
  deltas = Batch(output.outputs);
  ClassifierLoss sum;
  for (Index i = 0; i < rows_; ++i) {
    const absl::Span<float> logits = Elements(Rows(deltas, i, 1));
    CAE_CHECK(labels[i] < logits.size(), absl::StrCat("label ", labels[i]));
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    if (best != labels[i]) sum.error += 1;
    sum.cross_entropy += SoftmaxLoss(labels[i], smoothing, logits);
  }
  sum.finite = std::isfinite(sum.cross_entropy);
  return sum;
}

// ∂loss/∂a of the level below: δ_{l−1} = (δ_l W_l) ⊙ mask ⊙ s'(a_{l−1}).
void ClassifierStep::Backward(std::size_t l) {
  Level& level = levels_[l];
  Level& below = levels_[l - 1];
  RunPieces(level.input_pieces, [&](const Piece& piece) {
    MatrixView deltas = Lines(below.deltas, true);
    Gemm(Transpose::kNo, Transpose::kNo, 1, Lines(level.deltas, true),
         level.parameters->weight.middleCols(piece.first, piece.count), 0,
         deltas.middleCols(piece.first, piece.count));
    for (Index i = 0; i < rows_; ++i) {
      const absl::Span<float> row = RowPart(deltas, i, piece);
      const absl::Span<const float> outputs = RowPart(Batch(below.outputs), i, piece);
      for (std::size_t j = 0; j < row.size(); ++j) {
        row[j] *= ActivationDerivative(below.parameters->activation, outputs[j]);
      }
      if (below.dropout == 0) continue;
      const absl::Span<const float> mask = RowPart(Batch(below.mask), i, piece);
      for (std::size_t j = 0; j < row.size(); ++j) row[j] *= mask[j];
    }
    if (directions_ > 0) PullTangents(below, piece);
    return 0;
  });
}

double ClassifierStep::Update(std::size_t l) {
  return RunPieces(levels_[l].unit_pieces,
                   [&](const Piece& units) { return UpdateUnits(l, units); });
}

double ClassifierStep::UpdateUnits(std::size_t l, const Piece& units) {
  Level& level = levels_[l];
  const float mean = 1 / static_cast<float>(rows_);
  const Index inputs = level.parameters->input_units();
  const auto deltas = Lines(level.deltas, true).middleCols(units.first, units.count);
  MatrixView gradient = GradientBuffer(units.count, inputs);
  Gemm(Transpose::kYes, Transpose::kNo, mean, deltas, InputsOf(l, /*training=*/true), 0, gradient);
  const Vector bias_gradient = mean * deltas.topRows(rows_).colwise().sum().transpose();
  const double weight_squares = optimiser_.Update(
      level.weight, units.first * inputs, 0, Elements(gradient),
      Elements(Rows(MatrixView(level.parameters->weight), units.first, units.count)));
  const double bias_squares =
      optimiser_.Update(level.bias, units.first, 0,
                        {bias_gradient.data(), static_cast<std::size_t>(bias_gradient.size())},
                        VectorPart(level.parameters->bias, units));
  return weight_squares + bias_squares;
}

}  // namespace cae
