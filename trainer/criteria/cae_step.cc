#include "trainer/criteria/cae_step.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/math/gemm.h"
#include "core/math/vector_math.h"
#include "trainer/criteria/code_gradient.h"
#include "trainer/criteria/piece_views.h"
#include "trainer/criteria/reconstruction_loss.h"

namespace cae {
CaeStep::CaeStep(LayerParameters& layer, const CaeStepOptions& options, Optimiser& optimiser,
                 ThreadPool& pool)
    : layer_(layer),
      options_(options),
      units_(layer.units()),
      inputs_(layer.input_units()),
      neighbours_(options.stability.rows_per_row() + options.invariance.rows_per_row()),
      optimiser_(optimiser),
      pool_(pool),
      unit_pieces_(CutIntoPieces(units_)),
      input_pieces_(CutIntoPieces(inputs_)),
      stability_rows_(options.stability, nullptr, pool),
      invariance_rows_(options.invariance, options.below, pool),
      below_((2 + neighbours_) * options.max_rows, inputs_),
      above_((2 + neighbours_) * options.max_rows, units_),
      squared_norms_(units_) {
  CAE_CHECK(options.invariance.weight == 0 ||
                (options.below != nullptr && options.below->units() == inputs_),
            "invariance needs the layer below");
  if (options.corruption.any()) targets_.resize(options.max_rows, inputs_);
  weight_ = optimiser_.AddTensor(units_ * inputs_, 0);
  bias_ = optimiser_.AddTensor(units_, 0);
  decoder_bias_ = optimiser_.AddTensor(inputs_, 0);
  if (!layer_.tied()) decoder_weight_ = optimiser_.AddTensor(inputs_ * units_, 0);
}

void CaeStep::BeginBatch(Index rows) {
  CAE_CHECK(rows > 0 && rows <= options_.max_rows, absl::StrCat("a batch of ", rows, " rows"));
  rows_ = rows;
}

NoisePlace CaeStep::PlaceOfStep(std::int64_t step) const {
  return {options_.seed, options_.stage, static_cast<std::uint64_t>(step)};
}

void CaeStep::CorruptInputs() {
  const std::vector<Piece> pieces = CutIntoPieces(rows_);
  pool_.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
    MatrixView rows = Rows(Inputs(), pieces[p].first, pieces[p].count);
    Rows(Targets(), pieces[p].first, pieces[p].count) = rows;
    Corrupt(options_.corruption, PlaceOfStep(steps_), pieces[p].first, rows);
  });
}

void CaeStep::FillNeighbours(std::int64_t step, Index first_row) {
  const Index stability = options_.stability.rows_per_row() * rows_;
  const MatrixView neighbours = NeighbourInputs();
  if (stability > 0) {
    stability_rows_.Fill(PlaceOfStep(step), first_row, Inputs(), Rows(neighbours, 0, stability));
  }
  if (options_.invariance.weight > 0) {
    invariance_rows_.Fill(PlaceOfStep(step), first_row, Inputs(),
                          Rows(neighbours, stability, neighbours.rows() - stability));
  }
}

CaeLoss CaeStep::Means(const PieceResult& decoded, const PieceResult& encoded, Index rows) const {
  const auto n = static_cast<double>(rows);
  CaeLoss loss;
  loss.reconstruction = decoded.sum / n;
  loss.contraction = encoded.sum / n;
  loss.stability = encoded.stability / (n * options_.stability.copies);
  loss.invariance = encoded.invariance / (n * options_.invariance.copies);
  loss.finite = std::isfinite(decoded.sum + encoded.sum + encoded.stability + encoded.invariance);
  return loss;
}

CaeStep::PieceResult CaeStep::RunPieces(const std::vector<Piece>& pieces,
                                        const std::function<PieceResult(const Piece&)>& work) {
  std::vector<PieceResult> results(pieces.size());
  pool_.ParallelFor(static_cast<int>(pieces.size()), [&](int i) { results[i] = work(pieces[i]); });
  PieceResult all;
  for (const PieceResult& result : results) {
    all.sum += result.sum;
    all.squared_gradient += result.squared_gradient;
    all.stability += result.stability;
    all.invariance += result.invariance;
  }
  return all;
}

CaeLoss CaeStep::Descend(ConstMatrixView data, absl::Span<const Index> rows, double learning_rate) {
  BeginBatch(static_cast<Index>(rows.size()));
  for (Index i = 0; i < rows_; ++i) Inputs().row(i) = data.row(rows[i]);
  ++steps_;
  optimiser_.BeginStep(learning_rate);
  if (options_.corruption.any()) CorruptInputs();
  FillNeighbours(steps_, 0);
  RunPieces(unit_pieces_, [&](const Piece& units) {
    Encode(units);
    return PieceResult{};
  });
  const PieceResult decoded = RunPieces(input_pieces_, [&](const Piece& inputs) {
    const double loss = DecodeAndCompare(inputs);
    return PieceResult{loss, UpdateDecoderBias(inputs)};
  });
  const PieceResult encoder = RunPieces(unit_pieces_, [&](const Piece& units) {
    Backpropagate(units);
    const UnitSums sums = DifferentiateCodes(units);
    return PieceResult{sums.contraction, UpdateEncoder(units, sums), sums.stability,
                       sums.invariance};
  });
  PieceResult decoder_weight;
  if (!layer_.tied()) {
    decoder_weight = RunPieces(input_pieces_, [&](const Piece& inputs) {
      return PieceResult{0, UpdateDecoderWeight(inputs)};
    });
  }
  const double squared_gradient =
      decoded.squared_gradient + encoder.squared_gradient + decoder_weight.squared_gradient;
  CaeLoss loss = Means(decoded, encoder, rows_);
  loss.gradient_norm = std::sqrt(squared_gradient);
  loss.finite = loss.finite && std::isfinite(squared_gradient);
  return loss;
}

CaeLoss CaeStep::Measure(ConstMatrixView data) {
  PieceResult all_encoded, all_decoded;
  for (Index first = 0; first < data.rows(); first += options_.max_rows) {
    BeginBatch(std::min(options_.max_rows, data.rows() - first));
    Inputs() = Rows(data, first, rows_);
    if (options_.corruption.any()) Targets() = Inputs();
    FillNeighbours(/*step=*/0, first);  // those of steps count from 1
    const PieceResult encoded = RunPieces(unit_pieces_, [&](const Piece& units) {
      Encode(units);
      Deltas().middleCols(units.first, units.count).setZero();
      const UnitSums sums = DifferentiateCodes(units);
      return PieceResult{sums.contraction, 0, sums.stability, sums.invariance};
    });
    const PieceResult decoded = RunPieces(
        input_pieces_, [&](const Piece& inputs) { return PieceResult{DecodeAndCompare(inputs)}; });
    all_encoded.sum += encoded.sum;
    all_encoded.stability += encoded.stability;
    all_encoded.invariance += encoded.invariance;
    all_decoded.sum += decoded.sum;
  }
  return Means(all_decoded, all_encoded, data.rows());
}

void CaeStep::Encode(const Piece& units) {
  const auto weight = layer_.encoder.weight.middleRows(units.first, units.count);
  for (Index j = 0; j < units.count; ++j) {
    squared_norms_[units.first + j] =
        static_cast<float>(SquaredNorm({weight.row(j).data(), static_cast<std::size_t>(inputs_)}));
  }
  const auto encode = [&](MatrixView inputs, MatrixView codes) {
    if (inputs.rows() == 0) return;
    Gemm(Transpose::kNo, Transpose::kYes, 1, inputs, weight, 0,
         codes.middleCols(units.first, units.count));
    for (Index i = 0; i < codes.rows(); ++i) {
      AddBiasAndActivate(layer_.encoder.activation, VectorPart(layer_.encoder.bias, units),
                         RowPart(codes, i, units));
    }
  };
  encode(Inputs(), Codes());
  encode(NeighbourInputs(), NeighbourCodes());
}

double CaeStep::DecodeAndCompare(const Piece& inputs) {
  MatrixRef residuals = Residuals().middleCols(inputs.first, inputs.count);
  if (layer_.tied()) {
    Gemm(Transpose::kNo, Transpose::kNo, 1, Codes(),
         layer_.encoder.weight.middleCols(inputs.first, inputs.count), 0, residuals);
  } else {
    Gemm(Transpose::kNo, Transpose::kYes, 1, Codes(),
         layer_.decoder_weight.middleRows(inputs.first, inputs.count), 0, residuals);
  }
  double loss = 0;
  for (Index i = 0; i < rows_; ++i) {
    loss += ReconstructionLoss(layer_.decoder_activation, VectorPart(layer_.decoder_bias, inputs),
                               RowPart(Targets(), i, inputs), RowPart(Residuals(), i, inputs));
  }
  return loss;
}

double CaeStep::UpdateDecoderBias(const Piece& inputs) {
  const Vector gradient =
      Residuals().middleCols(inputs.first, inputs.count).colwise().sum().transpose() /
      static_cast<float>(rows_);
  return optimiser_.Update(decoder_bias_, inputs.first, 0,
                           {gradient.data(), static_cast<std::size_t>(gradient.size())},
                           VectorPart(layer_.decoder_bias, inputs));
}

void CaeStep::Backpropagate(const Piece& units) {
  MatrixRef deltas = Deltas().middleCols(units.first, units.count);
  if (layer_.tied()) {
    Gemm(Transpose::kNo, Transpose::kYes, 1, Residuals(),
         layer_.encoder.weight.middleRows(units.first, units.count), 0, deltas);
  } else {
    Gemm(Transpose::kNo, Transpose::kNo, 1, Residuals(),
         layer_.decoder_weight.middleCols(units.first, units.count), 0, deltas);
  }
}

CaeStep::UnitSums CaeStep::DifferentiateCodes(const Piece& units) {
  UnitSums sums{std::vector<float>(units.count), std::vector<float>(units.count),
                std::vector<float>(units.count)};
  for (Index i = 0; i < rows_; ++i) DifferentiateRow(i, units, sums);
  for (Index j = 0; j < units.count; ++j) {
    const double squared_norm = squared_norms_[units.first + j];
    sums.contraction += sums.squared_derivatives[j] * squared_norm;
    sums.stability += sums.squared_differences[j] * squared_norm;
  }
  return sums;
}

void CaeStep::DifferentiateRow(Index row, const Piece& units, UnitSums& sums) {
  const Activation activation = layer_.encoder.activation;
  const absl::Span<const float> codes = RowPart(Codes(), row, units);
  const absl::Span<float> deltas = RowPart(Deltas(), row, units);
  const absl::Span<const float> squared_norms = VectorPart(squared_norms_, units);
  const NeighbourPenalty &stability = options_.stability, &invariance = options_.invariance;
  const int stable = stability.rows_per_row();
  for (int k = 0; k < invariance.rows_per_row(); ++k) {
    sums.invariance += AddInvarianceAndDifferentiate(
        activation, static_cast<float>(invariance.weight / invariance.copies), codes,
        RowPart(NeighbourCodes(), (stable + k) * rows_ + row, units), deltas,
        absl::MakeSpan(sums.deltas));
  }
  AddContractionAndDifferentiate(
      activation, static_cast<float>(options_.contraction), codes, squared_norms, deltas,
      {absl::MakeSpan(sums.deltas), absl::MakeSpan(sums.squared_derivatives)});
  for (int k = 0; k < stable; ++k) {
    AddStabilityAndDifferentiate(
        activation, static_cast<float>(stability.weight / stability.copies), codes, squared_norms,
        RowPart(NeighbourCodes(), k * rows_ + row, units), deltas,
        {absl::MakeSpan(sums.deltas), absl::MakeSpan(sums.squared_differences)});
  }
}

double CaeStep::UpdateEncoder(const Piece& units, const UnitSums& sums) {
  const float mean = 1 / static_cast<float>(rows_);
  MatrixView gradient = GradientBuffer(units.count, inputs_);
  const auto multiply = [&](MatrixView above, MatrixView below, float beta) {
    Gemm(Transpose::kYes, Transpose::kNo, mean, above.middleCols(units.first, units.count), below,
         beta, gradient);
  };
  if (layer_.tied()) {
    const Index all = (2 + neighbours_) * rows_;
    multiply({above_.data(), all, units_}, {below_.data(), all, inputs_}, 0);
  } else {
    multiply(Deltas(), Inputs(), 0);
    if (neighbours_ > 0) multiply(NeighbourCodes(), NeighbourInputs(), 1);
  }
  double squares = 0;
  std::vector<float> bias_gradient(units.count);
  const auto contraction = static_cast<float>(options_.contraction);
  const auto stability = static_cast<float>(options_.stability.weight / options_.stability.copies);
  for (Index j = 0; j < units.count; ++j) {
    // The part of the penalties' gradient that goes through ‖W_j‖² is a multiple of W_j.
    const float pull = 2 * contraction * mean * sums.squared_derivatives[j] +
                       2 * stability * mean * sums.squared_differences[j];
    const Index unit = units.first + j;
    squares += optimiser_.Update(weight_, unit * inputs_, pull, Elements(Rows(gradient, j, 1)),
                                 Elements(Rows(MatrixView(layer_.encoder.weight), unit, 1)));
    bias_gradient[j] = mean * sums.deltas[j];
  }
  return squares + optimiser_.Update(bias_, units.first, 0, bias_gradient,
                                     VectorPart(layer_.encoder.bias, units));
}

double CaeStep::UpdateDecoderWeight(const Piece& inputs) {
  MatrixView gradient = GradientBuffer(inputs.count, units_);
  Gemm(Transpose::kYes, Transpose::kNo, 1 / static_cast<float>(rows_),
       Residuals().middleCols(inputs.first, inputs.count), Codes(), 0, gradient);
  return optimiser_.Update(
      decoder_weight_, inputs.first * units_, 0, Elements(gradient),
      Elements(Rows(MatrixView(layer_.decoder_weight), inputs.first, inputs.count)));
}

}  // namespace cae
