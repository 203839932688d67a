#include "core/serving/chain_tile.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/math/vector_math.h"

namespace cae {
namespace {

MatrixView View(ScratchBuffer& buffer, Index rows, Index columns) {
  return {buffer.Floats(static_cast<std::size_t>(rows * columns)), rows, columns};
}

/// How much is computed of a part's draw beside it.
int Extras(const ChainPart& part) {
  if (!part.makes_draw) return 0;
  const ChainStreamSpec& spec = part.stream->spec();
  return 1 + (spec.statistics ? 1 : 0) + (spec.logits ? 2 : 0);
}

bool IsFinite(ConstMatrixView rows) {
  return AllFinite(absl::MakeConstSpan(rows.data(), static_cast<std::size_t>(rows.size())));
}

absl::Status NotFinite(const ChainPart& part, Index row) {
  const ChainStreamSpec& spec = part.stream->spec();
  return absl::InternalError(absl::StrCat("chain ", spec.first_chain + part.chains.first + row,
                                          " of model '", spec.servable->identity.name,
                                          "' reached a value that is not finite at step ",
                                          part.chains.step, "; a smaller noise_stddev may help"));
}

}  // namespace

bool ChainTile::IsWanted() const {
  return std::any_of(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(live_),
                     [](const ChainPart& part) { return part.stream->sink_.Interruption().ok(); });
}

void ChainTile::Arrange() {
  for (ChainPart& part : parts_) part.status = part.stream->sink_.Interruption();
  // By status, extras, stream and place: neighbours may then be stepped where they lie.
  std::sort(parts_.begin(), parts_.end(), [](const ChainPart& a, const ChainPart& b) {
    const bool dead_a = !a.status.ok();
    const bool dead_b = !b.status.ok();
    const int less_a = -Extras(a);
    const int less_b = -Extras(b);
    return std::tie(dead_a, less_a, a.stream, a.chains.first) <
           std::tie(dead_b, less_b, b.stream, b.chains.first);
  });
  chains_ = 0;
  streams_ = 0;
  live_ = 0;
  for (const ChainPart& part : parts_) {
    if (!part.status.ok()) break;
    if (live_ == 0 || parts_[live_ - 1].stream != part.stream) ++streams_;
    chains_ += part.chains.count;
    ++live_;
  }
}

MatrixView ChainTile::Gather() {
  ChainStream& first = *parts_.front().stream;
  const Index columns = first.states_.cols();
  bool in_place = true;
  for (std::size_t i = 1; i < live_; ++i) {
    const ChainPiece& before = parts_[i - 1].chains;
    in_place = in_place && parts_[i].stream.get() == &first &&
               parts_[i].chains.first == before.first + before.count;
  }
  if (in_place) return Rows(MatrixView(first.states_), parts_[0].chains.first, chains_);
  MatrixView states = View(states_, chains_, columns);
  float* to = states.data();
  for (std::size_t i = 0; i < live_; ++i) {
    const ChainPiece& chains = parts_[i].chains;
    to = std::copy_n(parts_[i].stream->states_.data() + chains.first * columns,
                     chains.count * columns, to);
  }
  return states;
}

void ChainTile::Scatter(ConstMatrixView states) {
  const Index columns = states.cols();
  const float* from = states.data();
  for (std::size_t i = 0; i < live_; ++i) {
    const ChainPiece& chains = parts_[i].chains;
    float* const to = parts_[i].stream->states_.data() + chains.first * columns;
    if (to != from) std::copy_n(from, chains.count * columns, to);
    from += chains.count * columns;
  }
}

absl::Status ChainTile::Step(MatrixView states, MatrixView codes, Workspace& workspace,
                             YieldPoint yield) {
  rows_.clear();
  for (std::size_t i = 0; i < live_; ++i) {
    const ChainStreamSpec& spec = parts_[i].stream->spec();
    const ChainPiece& chains = parts_[i].chains;
    for (Index row = 0; row < chains.count; ++row) {
      rows_.push_back({spec.parameters.seed,
                       static_cast<std::uint64_t>(spec.first_chain + chains.first + row),
                       static_cast<std::uint64_t>(chains.step),
                       static_cast<float>(spec.parameters.noise_stddev)});
    }
  }
  const ChainStreamSpec& spec = parts_.front().stream->spec();
  const auto yield_while_wanted = [&] {
    CAE_RETURN_IF_ERROR(yield());
    return IsWanted() ? absl::OkStatus() : absl::CancelledError("nobody reads the draws");
  };
  const ChainStepper& stepper = spec.servable->stepper(spec.parameters.process);
  const Index rank = spec.parameters.rank;
  // A step of the whole Jacobian is over soon; one with a rank may be given up in its midst.
  return rank == 0 ? stepper.Step(rows_, rank, states, codes, workspace, yield)
                   : stepper.Step(rows_, rank, states, codes, workspace, yield_while_wanted);
}

void ChainTile::CheckFinite(ConstMatrixView states, ConstMatrixView codes) {
  if (IsFinite(states) && IsFinite(codes)) return;
  Index at = 0;
  for (std::size_t i = 0; i < live_; ++i) {
    ChainPart& part = parts_[i];
    if (at >= states.rows()) return;
    for (Index row = 0; row < part.chains.count && part.status.ok(); ++row) {
      if (IsFinite(Rows(states, at + row, 1)) && IsFinite(Rows(codes, at + row, 1))) continue;
      part.status = NotFinite(part, row);
    }
    at += part.chains.count;
  }
}

void ChainTile::CheckWanted() {
  for (std::size_t i = 0; i < live_; ++i) {
    ChainPart& part = parts_[i];
    if (!part.status.ok()) continue;
    part.status = part.stream->sink_.Interruption();
    if (!part.status.ok()) wasted_ += part.chains.count;
  }
}

void ChainTile::PutDraws(MatrixView states, ConstMatrixView codes, Workspace& workspace) {
  Index drawing = 0;
  Index measured = 0;
  Index classified = 0;
  for (std::size_t i = 0; i < live_; ++i) {
    if (!parts_[i].makes_draw) break;
    const ChainStreamSpec& spec = parts_[i].stream->spec();
    drawing += parts_[i].chains.count;
    if (spec.statistics) measured = drawing;
    if (spec.logits) classified = drawing;
  }
  if (drawing == 0) return;
  const ChainStreamSpec& any = parts_.front().stream->spec();
  const Servable& servable = *any.servable;
  const Autoencoder& model = *servable.autoencoder;
  MatrixView draws = Rows(states, 0, drawing);
  if (any.parameters.process == SampleProcess::kTopLayer) {
    new (&draws) MatrixView(View(draws_, drawing, model.input_units()));
    servable.stepper(any.parameters.process)
        .Outputs(Rows(ConstMatrixView(states), 0, drawing), draws, workspace);
    // Finite codes may decode to what is not.
    CheckFinite(draws, Rows(codes, 0, drawing));
  }
  values_.resize(std::max(values_.size(), static_cast<std::size_t>(measured * kSampleStatistics)));
  if (measured > 0) {
    servable.statistics->Compute(Rows(ConstMatrixView(draws), 0, measured),
                                 {values_.data(), measured, kSampleStatistics}, statistics_,
                                 workspace);
  }
  const Index classes = classified > 0 ? model.classes() : 0;
  const MatrixView logits = View(logits_, classified, classes);
  if (classified > 0) {
    model.Logits(Rows(ConstMatrixView(draws), 0, classified), logits, workspace);
  }
  Index at = 0;
  for (std::size_t i = 0; i < live_ && parts_[i].makes_draw; ++i) {
    ChainPart& part = parts_[i];
    const ChainStreamSpec& spec = part.stream->spec();
    const Index count = part.chains.count;
    if (part.status.ok()) {
      part.status = part.stream->sink_.PutRows(
          {part.chains.first, Rows(ConstMatrixView(draws), at, count),
           Rows(codes, at, spec.codes ? count : 0),
           SampleStatisticsView(values_.data() + at * kSampleStatistics,
                                spec.statistics ? count : 0, kSampleStatistics),
           Rows(ConstMatrixView(logits), spec.logits ? at : 0, spec.logits ? count : 0)});
    }
    at += count;
  }
}

void ChainTile::Run(Workspace& workspace, YieldPoint yield) {
  Arrange();
  wasted_ = 0;
  tangent_fallbacks_ = 0;
  if (live_ == 0) return;
  const MatrixView states = Gather();
  const MatrixView codes =
      View(codes_, chains_, parts_.front().stream->spec().servable->autoencoder->code_units());
  const std::int64_t fallbacks_before = workspace.tangent_fallbacks;
  const absl::Status status = Step(states, codes, workspace, yield);
  tangent_fallbacks_ = workspace.tangent_fallbacks - fallbacks_before;
  if (!status.ok()) {
    for (std::size_t i = 0; i < live_; ++i) {
      // Its own reason, where it has one.
      parts_[i].status = parts_[i].stream->sink_.Interruption();
      parts_[i].status.Update(status);
    }
    return;
  }
  CheckFinite(states, codes);
  CheckWanted();
  Scatter(states);
  PutDraws(states, codes, workspace);
}

}  // namespace cae
