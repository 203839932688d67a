#include "core/sampling/chain_stepper.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/math/normal.h"
#include "core/math/vector_math.h"
#include "core/model/jacobian_batch.h"

namespace cae {
namespace {

// Rows that go through a step together: products are at their best, and what stands between them
// stays in the cache.
constexpr Index kRowsPerPass = 64;

// Residuals of the directions that a step of rank k moves along, relative to σ₁: far below what
// float32 products leave visible in a state.
constexpr double kTangentTolerance = 1e-5;

absl::Span<float> Row(MatrixView matrix, Index row) {
  return {matrix.row(row).data(), static_cast<std::size_t>(matrix.cols())};
}

/// displacement = U S² Uᵀ noise of one row. Sums are taken in order, in double.
void DisplaceAlong(const TangentBatch& tangents, Index row, Index rank,
                   absl::Span<const float> noise, absl::Span<float> displacement) {
  std::fill(displacement.begin(), displacement.end(), 0.0f);
  for (Index j = 0; j < rank; ++j) {
    const float* const direction = tangents.code_directions.row(row * rank + j).data();
    double along = 0;
    for (std::size_t i = 0; i < noise.size(); ++i) along += double{direction[i]} * noise[i];
    const double value = tangents.singular_values(row, j);
    AddScaled(static_cast<float>(value * value * along), {direction, noise.size()}, displacement);
  }
}

}  // namespace

/// What a call keeps between products.
struct ChainStepper::Scratch {
  Scratch(const Autoencoder& model, int first_layer)
      : jacobian(model, first_layer, model.layers()), points(kRowsPerPass) {
    std::iota(points.begin(), points.end(), 0);
  }

  JacobianBatch jacobian;
  std::vector<Index> points;   ///< 0, 1, 2, …: each row is its own point
  ScratchBuffer noise;         ///< ε / σ, [rows, code_units]
  ScratchBuffer displacement;  ///< J Jᵀ ε / σ, [rows, code_units]
  TangentBatch tangents;
  ScratchBuffer below[2];  ///< decoded layers, in turn
};

ChainStepper::ChainStepper(const Autoencoder& model, SampleProcess process)
    : model_(model),
      first_layer_(process == SampleProcess::kTopLayer ? model.layers() : 1),
      tangents_(model, first_layer_, model.layers()) {}

ChainStepper::~ChainStepper() = default;

void ChainStepper::InitialStates(ConstMatrixView inputs, MatrixView states,
                                 Workspace& workspace) const {
  if (first_layer_ == 1) {
    states = inputs;
  } else {
    model_.Encode(inputs, first_layer_ - 1, states, workspace);
  }
}

void ChainStepper::Outputs(ConstMatrixView states, MatrixView outputs, Workspace& workspace) const {
  if (first_layer_ == 1) {
    outputs = states;
  } else {
    model_.Decode(states, first_layer_ - 1, outputs, workspace);
  }
}

absl::Status ChainStepper::Step(absl::Span<const ChainRow> rows, Index rank, MatrixView states,
                                MatrixView codes, Workspace& workspace,
                                YieldPoint yield_point) const {
  const auto count = static_cast<Index>(rows.size());
  CAE_CHECK(states.rows() == count && states.cols() == state_units() && codes.rows() == count &&
                codes.cols() == code_units(),
            absl::StrCat("states [", states.rows(), ", ", states.cols(), "] and codes [",
                         codes.rows(), ", ", codes.cols(), "] of ", count, " chains do not fit"));
  std::unique_ptr<Scratch> scratch = TakeScratch();
  absl::Status status;
  for (Index first = 0; first < count && status.ok(); first += kRowsPerPass) {
    const Index some = std::min(kRowsPerPass, count - first);
    status = StepSome(rows.subspan(first, some), rank, Rows(states, first, some),
                      Rows(codes, first, some), *scratch, workspace, yield_point);
  }
  KeepScratch(std::move(scratch));
  return status;
}

absl::Status ChainStepper::StepSome(absl::Span<const ChainRow> rows, Index rank, MatrixView states,
                                    MatrixView codes, Scratch& scratch, Workspace& workspace,
                                    YieldPoint yield_point) const {
  CAE_RETURN_IF_ERROR(scratch.jacobian.Evaluate(states, workspace, yield_point));
  codes = scratch.jacobian.codes();
  const bool noisy = std::any_of(rows.begin(), rows.end(),
                                 [](const ChainRow& row) { return row.noise_stddev > 0; });
  if (noisy) {
    CAE_RETURN_IF_ERROR(Displace(rows, rank, states, scratch, workspace, yield_point));
    const MatrixView displacement(scratch.displacement.floats(), codes.rows(), codes.cols());
    for (Index row = 0; row < codes.rows(); ++row) {
      const float noise_stddev = rows[row].noise_stddev;
      if (noise_stddev > 0) AddScaled(noise_stddev, Row(displacement, row), Row(codes, row));
    }
  }
  const float* above = codes.data();
  for (int l = model_.layers(); l >= first_layer_; --l) {
    const PackedDense& decoder = model_.decoder(l);
    float* const below = l == first_layer_
                             ? states.data()
                             : scratch.below[l % 2].Floats(codes.rows() * decoder.outputs());
    CAE_RETURN_IF_ERROR(yield_point());
    decoder.Apply({above, codes.rows(), decoder.inputs()}, PackedDense::Output::kActivated,
                  {below, codes.rows(), decoder.outputs()}, workspace);
    above = below;
  }
  return absl::OkStatus();
}

absl::Status ChainStepper::Displace(absl::Span<const ChainRow> rows, Index rank,
                                    ConstMatrixView states, Scratch& scratch, Workspace& workspace,
                                    YieldPoint yield_point) const {
  const auto count = static_cast<Index>(rows.size());
  const MatrixView noise(scratch.noise.Floats(count * code_units()), count, code_units());
  const MatrixView displacement(scratch.displacement.Floats(count * code_units()), count,
                                code_units());
  for (Index row = 0; row < count; ++row) {
    const absl::Span<float> normals = Row(noise, row);
    if (rows[row].noise_stddev > 0) {
      StandardNormals(rows[row].seed, {rows[row].chain, rows[row].step}, normals);
    } else {
      std::fill(normals.begin(), normals.end(), 0.0f);
    }
  }
  if (rank == 0) {
    return scratch.jacobian.Gram(absl::MakeSpan(scratch.points).first(count), noise, displacement,
                                 workspace, yield_point);
  }
  CAE_RETURN_IF_ERROR(tangents_.Solve(scratch.jacobian, states, rank, kTangentTolerance,
                                      scratch.tangents, workspace, yield_point));
  for (Index row = 0; row < count; ++row) {
    DisplaceAlong(scratch.tangents, row, rank, Row(noise, row), Row(displacement, row));
  }
  return absl::OkStatus();
}

std::unique_ptr<ChainStepper::Scratch> ChainStepper::TakeScratch() const {
  {
    MutexLock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Scratch> scratch = std::move(idle_.back());
      idle_.pop_back();
      return scratch;
    }
  }
  return std::make_unique<Scratch>(model_, first_layer_);
}

void ChainStepper::KeepScratch(std::unique_ptr<Scratch> scratch) const {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(scratch));
}

}  // namespace cae
