#include "core/serving/row_kernels.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/math/vector_math.h"
#include "core/model/jacobian_batch.h"
#include "core/tangents/tangent_solver.h"

namespace cae {
namespace {

/// Operations of a row through layers 1 to `layer`, one way.
double LayersCost(const Autoencoder& model, int layer) {
  double cost = 0;
  for (int l = 1; l <= layer; ++l) {
    cost += 2 * static_cast<double>(model.units(l) * model.units(l - 1));
  }
  return cost;
}

class Encode final : public RowKernel {
 public:
  Encode(ServableHandle servable, int layer) : RowKernel(std::move(servable)), layer_(layer) {}

  RowKernelKey key() const override { return {&servable(), RowOperation::kEncode, layer_}; }
  Index input_columns() const override { return model().input_units(); }
  Index output_columns() const override { return model().units(layer_); }
  double row_cost() const override { return LayersCost(model(), layer_); }
  absl::Status Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                   YieldPoint) const override {
    model().Encode(input, layer_, output, workspace);
    return absl::OkStatus();
  }

 private:
  const int layer_;
};

class Decode final : public RowKernel {
 public:
  Decode(ServableHandle servable, int layer) : RowKernel(std::move(servable)), layer_(layer) {}

  RowKernelKey key() const override { return {&servable(), RowOperation::kDecode, layer_}; }
  Index input_columns() const override { return model().units(layer_); }
  Index output_columns() const override { return model().input_units(); }
  double row_cost() const override { return LayersCost(model(), layer_); }
  absl::Status Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                   YieldPoint) const override {
    model().Decode(input, layer_, output, workspace);
    return absl::OkStatus();
  }

 private:
  const int layer_;
};

class Classify final : public RowKernel {
 public:
  using RowKernel::RowKernel;

  RowKernelKey key() const override { return {&servable(), RowOperation::kClassify}; }
  Index input_columns() const override { return model().input_units(); }
  Index output_columns() const override { return model().classes(); }
  double row_cost() const override { return LayersCost(model(), model().layers()); }
  absl::Status Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                   YieldPoint) const override {
    model().Logits(input, output, workspace);
    return absl::OkStatus();
  }
};

/// Operations of ‖J‖²_F of a row, see JacobianNorm.
double ContractionCost(const Autoencoder& model, int layer) {
  double cost = 2 * static_cast<double>(model.units(layer));
  for (int l = 2; l <= layer; ++l) {
    cost += 2 * static_cast<double>(model.units(layer) * model.units(l - 1) * model.units(l - 2));
  }
  return cost;
}

/// Rows of a tile that is heavy by its contractions: of two layers, each takes milliseconds.
constexpr Index kContractionRows = 16;

/// norms[i] = ‖J‖²_F of row i, one row after the other, so that others get in between.
absl::Status Contractions(const Autoencoder& model, ConstMatrixView input, int layer,
                          Eigen::Ref<Vector> norms, Workspace& workspace, YieldPoint yield) {
  for (Index row = 0; row < input.rows(); ++row) {
    CAE_RETURN_IF_ERROR(yield());
    model.Contractions(Rows(input, row, 1), layer, norms.segment(row, 1), workspace);
  }
  return absl::OkStatus();
}

class Reconstruct final : public RowKernel {
 public:
  Reconstruct(ServableHandle servable, bool contractions)
      : RowKernel(std::move(servable)), contractions_(contractions) {}

  RowKernelKey key() const override {
    return {&servable(), RowOperation::kReconstruct, 0, 0, 0, contractions_ ? 1U : 0U};
  }
  Index input_columns() const override { return model().input_units(); }
  Index output_columns() const override { return model().input_units() + (contractions_ ? 2 : 1); }
  double row_cost() const override {
    return 2 * LayersCost(model(), model().layers()) +
           (contractions_ ? ContractionCost(model(), model().layers()) : 0);
  }
  Job::Kind kind() const override { return is_heavy() ? Job::Kind::kHeavy : Job::Kind::kUnary; }
  Index max_tile_rows() const override {
    return is_heavy() ? kContractionRows : RowKernel::max_tile_rows();
  }
  absl::Status Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                   YieldPoint yield) const override;

 private:
  bool is_heavy() const { return contractions_ && model().layers() > 1; }

  const bool contractions_;
};

absl::Status Reconstruct::Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                              YieldPoint yield) const {
  const Index rows = input.rows();
  const Index units = input.cols();
  Vector losses(rows);
  // Without gaps at first, at the beginning of the output; then each row moves to its place, the
  // last one first.
  const MatrixView packed(output.data(), rows, units);
  model().Reconstruct(input, packed, losses, workspace);
  for (Index row = rows - 1; row >= 0; --row) {
    const float* const from = output.data() + row * units;
    float* const to = output.data() + row * output.cols();
    std::copy_backward(from, from + units, to + units);
    to[units] = losses(row);
  }
  if (!contractions_) return absl::OkStatus();
  Vector norms(rows);
  CAE_RETURN_IF_ERROR(Contractions(model(), input, model().layers(), norms, workspace, yield));
  output.col(units + 1) = norms;
  return absl::OkStatus();
}

class Tangents final : public RowKernel {
 public:
  Tangents(ServableHandle servable, const TangentsKernelOptions& options)
      : RowKernel(std::move(servable)), options_(options), solver_(model(), 1, options.layer) {}

  RowKernelKey key() const override {
    return {&servable(),
            RowOperation::kTangents,
            options_.layer,
            options_.rank,
            options_.tolerance,
            (options_.code_directions ? 1U : 0U) | (options_.contractions ? 2U : 0U)};
  }
  Index input_columns() const override { return model().input_units(); }
  Index output_columns() const override {
    const Index codes = options_.code_directions ? model().units(options_.layer) : Index{0};
    return options_.rank * (2 + model().input_units() + codes) + (options_.contractions ? 1 : 0);
  }
  double row_cost() const override {
    return solver_.EstimatedFlops(options_.rank) +
           (options_.contractions ? ContractionCost(model(), options_.layer) : 0);
  }
  Job::Kind kind() const override { return Job::Kind::kHeavy; }
  Index max_tile_rows() const override {
    return options_.contractions && options_.layer > 1 ? kContractionRows : 64;
  }
  absl::Status Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                   YieldPoint yield) const override;
  absl::Status CheckRow(Index row, absl::Span<const float> output) const override;

 private:
  const TangentsKernelOptions options_;
  const TangentSolver solver_;
};

absl::Status Tangents::Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                           YieldPoint yield) const {
  const Index rank = options_.rank;
  JacobianBatch jacobians(model(), 1, options_.layer);
  CAE_RETURN_IF_ERROR(jacobians.Evaluate(input, workspace, yield));
  TangentBatch tangents;
  CAE_RETURN_IF_ERROR(
      solver_.Solve(jacobians, input, rank, options_.tolerance, tangents, workspace, yield));
  Vector norms(options_.contractions ? input.rows() : 0);
  if (options_.contractions) {
    CAE_RETURN_IF_ERROR(Contractions(model(), input, options_.layer, norms, workspace, yield));
  }
  for (Index row = 0; row < input.rows(); ++row) {
    float* to = output.data() + row * output.cols();
    const auto append = [&to, row](const Matrix& rows, Index count) {
      to = std::copy_n(rows.data() + row * count * rows.cols(), count * rows.cols(), to);
    };
    append(tangents.singular_values, 1);
    append(tangents.residuals, 1);
    append(tangents.directions, rank);
    if (options_.code_directions) append(tangents.code_directions, rank);
    if (options_.contractions) *to = norms(row);
  }
  return absl::OkStatus();
}

absl::Status Tangents::CheckRow(Index row, absl::Span<const float> output) const {
  const auto rank = static_cast<std::size_t>(options_.rank);
  if (!AllFinite(output)) {
    return absl::InternalError(absl::StrCat("the Jacobian of model '", servable().identity.name,
                                            "' at row ", row, " is not finite"));
  }
  const auto residuals = output.subspan(rank, rank);
  const auto worst = std::max_element(residuals.begin(), residuals.end());
  if (*worst <= options_.tolerance) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "singular triplet ", worst - residuals.begin(), " of row ", row, " has the residual ", *worst,
      ", beyond the tolerance of ", options_.tolerance, "; a larger tolerance may be met"));
}

}  // namespace

std::unique_ptr<const RowKernel> EncodeKernel(ServableHandle servable, int layer) {
  return std::make_unique<Encode>(std::move(servable), layer);
}

std::unique_ptr<const RowKernel> DecodeKernel(ServableHandle servable, int layer) {
  return std::make_unique<Decode>(std::move(servable), layer);
}

std::unique_ptr<const RowKernel> ReconstructKernel(ServableHandle servable, bool contractions) {
  return std::make_unique<Reconstruct>(std::move(servable), contractions);
}

std::unique_ptr<const RowKernel> ClassifyKernel(ServableHandle servable) {
  return std::make_unique<Classify>(std::move(servable));
}

std::unique_ptr<const RowKernel> TangentsKernel(ServableHandle servable,
                                                const TangentsKernelOptions& options) {
  return std::make_unique<Tangents>(std::move(servable), options);
}

}  // namespace cae
