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
CaeStep::CaeStep(LayerParameters& layer, double contraction, Index max_rows, Optimiser& optimiser,
                 ThreadPool& pool)
    : layer_(layer),
      contraction_(static_cast<float>(contraction)),
      units_(layer.units()),
      inputs_(layer.input_units()),
      optimiser_(optimiser),
      pool_(pool),
      unit_pieces_(CutIntoPieces(units_)),
      input_pieces_(CutIntoPieces(inputs_)),
      inputs_and_residuals_(2 * max_rows, inputs_),
      deltas_and_codes_(2 * max_rows, units_),
      squared_norms_(units_) {
  weight_ = optimiser_.AddTensor(units_ * inputs_, 0);
  bias_ = optimiser_.AddTensor(units_, 0);
  decoder_bias_ = optimiser_.AddTensor(inputs_, 0);
  if (!layer_.tied()) decoder_weight_ = optimiser_.AddTensor(inputs_ * units_, 0);
}

void CaeStep::BeginBatch(Index rows) {
  CAE_CHECK(rows > 0 && 2 * rows <= inputs_and_residuals_.rows(),
            absl::StrCat("a batch of ", rows, " rows"));
  rows_ = rows;
}

CaeStep::PieceResult CaeStep::RunPieces(const std::vector<Piece>& pieces,
                                        const std::function<PieceResult(const Piece&)>& work) {
  std::vector<PieceResult> results(pieces.size());
  pool_.ParallelFor(static_cast<int>(pieces.size()), [&](int i) { results[i] = work(pieces[i]); });
  PieceResult all;
  for (const PieceResult& result : results) {
    all.sum += result.sum;
    all.squared_gradient += result.squared_gradient;
  }
  return all;
}

CaeLoss CaeStep::Descend(ConstMatrixView data, absl::Span<const Index> rows, double learning_rate) {
  BeginBatch(static_cast<Index>(rows.size()));
  for (Index i = 0; i < rows_; ++i) Inputs().row(i) = data.row(rows[i]);
  optimiser_.BeginStep(learning_rate);
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
    return PieceResult{sums.contraction, UpdateEncoder(units, sums)};
  });
  PieceResult decoder_weight;
  if (!layer_.tied()) {
    decoder_weight = RunPieces(input_pieces_, [&](const Piece& inputs) {
      return PieceResult{0, UpdateDecoderWeight(inputs)};
    });
  }
  const double squared_gradient =
      decoded.squared_gradient + encoder.squared_gradient + decoder_weight.squared_gradient;
  return {decoded.sum / rows_, encoder.sum / rows_, std::sqrt(squared_gradient),
          std::isfinite(decoded.sum + encoder.sum + squared_gradient)};
}

CaeLoss CaeStep::Measure(ConstMatrixView data) {
  double reconstruction = 0, contraction = 0;
  const Index batch = inputs_and_residuals_.rows() / 2;
  for (Index first = 0; first < data.rows(); first += batch) {
    BeginBatch(std::min(batch, data.rows() - first));
    Inputs() = Rows(data, first, rows_);
    const PieceResult encoded = RunPieces(unit_pieces_, [&](const Piece& units) {
      Encode(units);
      Deltas().middleCols(units.first, units.count).setZero();
      return PieceResult{DifferentiateCodes(units).contraction};
    });
    const PieceResult decoded = RunPieces(
        input_pieces_, [&](const Piece& inputs) { return PieceResult{DecodeAndCompare(inputs)}; });
    contraction += encoded.sum;
    reconstruction += decoded.sum;
  }
  return {reconstruction / data.rows(), contraction / data.rows(), 0,
          std::isfinite(reconstruction + contraction)};
}

void CaeStep::Encode(const Piece& units) {
  const auto weight = layer_.encoder.weight.middleRows(units.first, units.count);
  for (Index j = 0; j < units.count; ++j) {
    squared_norms_[units.first + j] =
        static_cast<float>(SquaredNorm({weight.row(j).data(), static_cast<std::size_t>(inputs_)}));
  }
  Gemm(Transpose::kNo, Transpose::kYes, 1, Inputs(), weight, 0,
       Codes().middleCols(units.first, units.count));
  for (Index i = 0; i < rows_; ++i) {
    AddBiasAndActivate(layer_.encoder.activation, VectorPart(layer_.encoder.bias, units),
                       RowPart(Codes(), i, units));
  }
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
                               RowPart(Inputs(), i, inputs), RowPart(Residuals(), i, inputs));
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
  UnitSums sums{std::vector<float>(units.count), std::vector<float>(units.count)};
  for (Index i = 0; i < rows_; ++i) {
    AddContractionAndDifferentiate(
        layer_.encoder.activation, contraction_, RowPart(Codes(), i, units),
        VectorPart(squared_norms_, units), RowPart(Deltas(), i, units),
        {absl::MakeSpan(sums.deltas), absl::MakeSpan(sums.squared_derivatives)});
  }
  for (Index j = 0; j < units.count; ++j) {
    sums.contraction += double{sums.squared_derivatives[j]} * squared_norms_[units.first + j];
  }
  return sums;
}

double CaeStep::UpdateEncoder(const Piece& units, const UnitSums& sums) {
  const float mean = 1 / static_cast<float>(rows_);
  MatrixView gradient = GradientBuffer(units.count, inputs_);
  if (layer_.tied()) {
    const ConstMatrixView below(inputs_and_residuals_.data(), 2 * rows_, inputs_);
    const ConstMatrixView above(deltas_and_codes_.data(), 2 * rows_, units_);
    Gemm(Transpose::kYes, Transpose::kNo, mean, above.middleCols(units.first, units.count), below,
         0, gradient);
  } else {
    Gemm(Transpose::kYes, Transpose::kNo, mean, Deltas().middleCols(units.first, units.count),
         Inputs(), 0, gradient);
  }
  double squares = 0;
  std::vector<float> bias_gradient(units.count);
  for (Index j = 0; j < units.count; ++j) {
    // The part of the penalty's gradient that goes through ‖W_j‖² is a multiple of W_j.
    const float pull = 2 * contraction_ * mean * sums.squared_derivatives[j];
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
