#include "trainer/baselines/rbm_step.h"

#include <algorithm>
#include <cmath>

#include "core/base/check.h"
#include "core/math/gemm.h"
#include "core/math/vector_math.h"
#include "trainer/base/random_stream.h"
#include "trainer/baselines/bernoulli.h"
#include "trainer/criteria/piece_views.h"

namespace cae {
namespace {

// Share of a batch in the moving means of the hidden units.
constexpr float kOffsetRate = 0.01f;

}  // namespace

RbmStep::RbmStep(Rbm& rbm, const Vector& mean, const RbmStepOptions& options, Index max_rows,
                 Optimiser& optimiser, ThreadPool& pool)
    : rbm_(rbm),
      mean_(options.centred ? mean : Vector(Vector::Zero(rbm.visible_units()))),
      options_(options),
      units_(rbm.units()),
      inputs_(rbm.visible_units()),
      optimiser_(optimiser),
      pool_(pool),
      unit_pieces_(CutIntoPieces(units_)),
      input_pieces_(CutIntoPieces(inputs_)),
      chains_(options.persistent ? options.chains : max_rows),
      visible_(chains_ + max_rows, inputs_),
      hidden_(chains_ + max_rows, units_),
      states_(chains_, units_),
      hidden_offset_(Vector::Constant(units_, options.centred ? 0.5f : 0.0f)),
      offset_parts_(static_cast<Index>(unit_pieces_.size()), inputs_),
      zeros_(units_) {
  CAE_CHECK(chains_ > 0 && options.gibbs_steps > 0 && options.stage < 256, "options of RbmStep");
  weight_ = optimiser_.AddTensor(units_ * inputs_, 0);
  bias_ = optimiser_.AddTensor(units_, 0);
  visible_bias_ = optimiser_.AddTensor(inputs_, 0);
  // Persistent chains start from unbiased coins.
  hidden_.setConstant(0.5f);
  for (Index row = 0; row < chains_; ++row) {
    DrawPart(Draw::kHidden, row, {0, units_}, hidden_, states_);
  }
}

void RbmStep::DrawPart(Draw what, Index row, const Piece& piece, MatrixView means,
                       MatrixView draws) {
  // 2^24 blocks each are more than any layer has units.
  const auto first_block = static_cast<std::uint32_t>(what) << 24 |
                           static_cast<std::uint32_t>(piece.first / kDrawsPerBlock);
  const NoiseCounter at{static_cast<std::uint64_t>(RandomUse::kModelChains) << 40 |
                            options_.stage << 32 | static_cast<std::uint64_t>(row),
                        static_cast<std::uint64_t>(noise_step_)};
  DrawBernoulli(options_.seed, at, first_block, RowPart(means, row, piece),
                RowPart(draws, row, piece));
}

RbmStep::PieceResult RbmStep::RunPieces(const std::vector<Piece>& pieces,
                                        const std::function<PieceResult(const Piece&, int)>& work) {
  std::vector<PieceResult> results(pieces.size());
  pool_.ParallelFor(static_cast<int>(pieces.size()),
                    [&](int i) { results[i] = work(pieces[i], i); });
  PieceResult all;
  for (const PieceResult& result : results) {
    all.data += result.data;
    all.chains += result.chains;
    all.squared_gradient += result.squared_gradient;
  }
  return all;
}

void RbmStep::BeginBatch(ConstMatrixView data, absl::Span<const Index> rows) {
  batch_ = static_cast<Index>(rows.size());
  if (!options_.persistent) chains_ = batch_;
  CAE_CHECK(batch_ > 0 && all_rows() <= visible_.rows(), "the size of a batch");
  ++noise_step_;
  RunPieces(input_pieces_, [&](const Piece& inputs, int) {
    for (Index i = 0; i < batch_; ++i) {
      const Index row = chains_ + i;
      Visible().row(row).segment(inputs.first, inputs.count) =
          data.row(rows[i]).segment(inputs.first, inputs.count);
      if (options_.binary_inputs) DrawPart(Draw::kInput, row, inputs, Visible(), Visible());
    }
    return PieceResult{};
  });
}

RbmStepResult RbmStep::Ascend(ConstMatrixView data, absl::Span<const Index> rows,
                              double learning_rate) {
  BeginBatch(data, rows);
  optimiser_.BeginStep(learning_rate);
  PieceResult hidden;
  if (!options_.persistent) {
    hidden = RunPieces(unit_pieces_, [&](const Piece& units, int) {
      const double softplus = HiddenMeansOf(units, chains_, batch_);
      DrawHidden(units, chains_);
      return PieceResult{softplus, 0, 0};
    });
  }
  for (int k = 0; k < options_.gibbs_steps; ++k) {
    if (k > 0) {
      ++noise_step_;
      RunPieces(unit_pieces_, [&](const Piece& units, int) {
        HiddenMeansOf(units, 0, chains_);
        DrawHidden(units, 0);
        return PieceResult{};
      });
    }
    RunPieces(input_pieces_, [&](const Piece& inputs, int) {
      DrawVisible(inputs);
      return PieceResult{};
    });
  }
  ++noise_step_;
  const PieceResult updated = RunPieces(unit_pieces_, [&](const Piece& units, int piece) {
    PieceResult result;
    result.chains = HiddenMeansOf(units, 0, chains_);
    if (options_.persistent) {
      result.data = HiddenMeansOf(units, chains_, batch_);
      DrawHidden(units, 0);
    }
    result.squared_gradient = UpdateUnits(units, piece);
    return result;
  });
  const PieceResult biases =
      RunPieces(input_pieces_, [&](const Piece& inputs, int) { return UpdateInputs(inputs); });
  const double squares = updated.squared_gradient + biases.squared_gradient;
  const double data_energy = -(hidden.data + updated.data + biases.data) / batch_;
  const double chain_energy = -(updated.chains + biases.chains) / chains_;
  return {data_energy, chain_energy, std::sqrt(squares),
          std::isfinite(data_energy + chain_energy + squares)};
}

double RbmStep::HiddenMeansOf(const Piece& units, Index first, Index count) {
  MatrixRef means = Hidden().middleRows(first, count).middleCols(units.first, units.count);
  Gemm(Transpose::kNo, Transpose::kYes, 1, Visible().middleRows(first, count),
       rbm_.hidden.weight.middleRows(units.first, units.count), 0, means);
  double softplus = 0;
  for (Index i = first; i < first + count; ++i) {
    softplus += LogisticLoss(VectorPart(rbm_.hidden.bias, units),
                             absl::MakeConstSpan(zeros_).subspan(0, units.count),
                             RowPart(Hidden(), i, units));
  }
  return softplus;
}

void RbmStep::DrawHidden(const Piece& units, Index first_of_means) {
  const MatrixView means = Rows(Hidden(), first_of_means, chains_);
  for (Index i = 0; i < chains_; ++i) DrawPart(Draw::kHidden, i, units, means, states_);
}

void RbmStep::DrawVisible(const Piece& inputs) {
  MatrixRef means = Visible().topRows(chains_).middleCols(inputs.first, inputs.count);
  Gemm(Transpose::kNo, Transpose::kNo, 1, states_.topRows(chains_),
       rbm_.hidden.weight.middleCols(inputs.first, inputs.count), 0, means);
  for (Index i = 0; i < chains_; ++i) {
    AddBiasAndActivate(Activation::kLogistic, VectorPart(rbm_.visible_bias, inputs),
                       RowPart(Visible(), i, inputs));
    DrawPart(Draw::kVisible, i, inputs, Visible(), Visible());
  }
}

double RbmStep::UpdateUnits(const Piece& units, int piece) {
  auto chain_means = Hidden().topRows(chains_).middleCols(units.first, units.count);
  auto data_means = Hidden().bottomRows(batch_).middleCols(units.first, units.count);
  auto offset = hidden_offset_.segment(units.first, units.count);
  const Vector mean = data_means.colwise().mean().transpose();
  // Signs and weights of the two expectations; a chain counts batch / chains rows.
  const float weight = static_cast<float>(batch_) / static_cast<float>(chains_);
  chain_means = -weight * (chain_means.rowwise() - offset.transpose());
  data_means.rowwise() -= offset.transpose();
  const auto cost = static_cast<float>(options_.sparsity_cost);
  if (cost > 0) {
    const auto target = static_cast<float>(options_.sparsity_target);
    data_means.rowwise() -= (cost * (mean.array() - target)).matrix().transpose();
  }
  const Vector sums =
      Hidden().middleCols(units.first, units.count).colwise().sum().transpose();  // λ cancels

  // −∇W; the mean of the data is taken off the product rather than off every row.
  const float scale = -1 / static_cast<float>(batch_);
  MatrixView gradient = GradientBuffer(units.count, inputs_);
  Gemm(Transpose::kYes, Transpose::kNo, scale, Hidden().middleCols(units.first, units.count),
       Visible(), 0, gradient);
  gradient.noalias() -= (scale * sums) * mean_.transpose();
  const Vector bias_gradient = scale * sums - gradient * mean_;
  offset_parts_.row(piece).noalias() = offset.transpose() * gradient;
  if (options_.centred) offset += kOffsetRate * (mean - offset);

  double squares = 0;
  const auto pull = static_cast<float>(options_.weight_decay);
  for (Index j = 0; j < units.count; ++j) {
    const Index unit = units.first + j;
    squares += optimiser_.Update(weight_, unit * inputs_, pull, Elements(Rows(gradient, j, 1)),
                                 Elements(Rows(MatrixView(rbm_.hidden.weight), unit, 1)));
  }
  return squares + optimiser_.Update(bias_, units.first, 0,
                                     {bias_gradient.data(), static_cast<std::size_t>(units.count)},
                                     VectorPart(rbm_.hidden.bias, units));
}

RbmStep::PieceResult RbmStep::UpdateInputs(const Piece& inputs) {
  const auto part = Visible().middleCols(inputs.first, inputs.count);
  const Vector chains = part.topRows(chains_).colwise().sum().transpose();
  const Vector data = part.bottomRows(batch_).colwise().sum().transpose();
  const auto bias = rbm_.visible_bias.segment(inputs.first, inputs.count);
  PieceResult result{bias.dot(data), bias.dot(chains), 0};
  // −∇b; what comes from the offsets of the hidden units is summed in the order of their pieces.
  Vector gradient = chains / static_cast<float>(chains_) - data / static_cast<float>(batch_);
  for (Index piece = 0; piece < offset_parts_.rows(); ++piece) {
    gradient -= offset_parts_.row(piece).segment(inputs.first, inputs.count).transpose();
  }
  result.squared_gradient = optimiser_.Update(
      visible_bias_, inputs.first, 0, {gradient.data(), static_cast<std::size_t>(gradient.size())},
      VectorPart(rbm_.visible_bias, inputs));
  return result;
}

void RbmStep::Exchange(StateArchive& archive) {
  archive.Integer("chains.steps", noise_step_);
  archive.Floats("chains.hidden_offset", hidden_offset_);
  if (options_.persistent) archive.Floats("chains.states", states_);
}

}  // namespace cae
