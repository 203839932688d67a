#include "core/model/jacobian_norm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace cae {
namespace {

// Rows of the top weight that go down together: a large tile of PackedDense.
constexpr Index kRowsPerPass = 256;

/// Σ values[i]² in a fixed order: four sums side by side, whatever the address. Eigen would start
/// its vectors at the first aligned element, so that the order followed from the address.
double SquaredNorm(const float* values, Index size) {
  std::array<double, 4> sums = {};
  Index i = 0;
  for (; i + 4 <= size; i += 4) {
    for (Index lane = 0; lane < 4; ++lane)
      sums[lane] += double{values[i + lane]} * values[i + lane];
  }
  for (; i < size; ++i) sums[0] += double{values[i]} * values[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

JacobianNorm::JacobianNorm(const std::vector<LayerParameters>& layers,
                           std::vector<const PackedDense*> pullbacks)
    : layers_(&layers), pullbacks_(std::move(pullbacks)) {
  const Matrix& first = layers.front().encoder.weight;
  first_row_norms_.resize(first.rows());
  for (Index j = 0; j < first.rows(); ++j) {
    first_row_norms_[j] = SquaredNorm(first.row(j).data(), first.cols());
  }
}

double JacobianNorm::Squared(const std::vector<VectorD>& derivatives, Workspace& workspace) const {
  CAE_CHECK(
      !derivatives.empty() && derivatives.size() <= layers_->size(),
      absl::StrCat("derivatives of ", derivatives.size(), " of ", layers_->size(), " layers"));
  const std::size_t top = derivatives.size() - 1;
  if (top == 0) return derivatives[0].cwiseAbs2().dot(first_row_norms_);

  std::vector<Vector> scales;  // the diagonals between the weights
  Index widest = 0;
  for (std::size_t i = 0; i < top; ++i) {
    scales.emplace_back(derivatives[i].cast<float>());
    widest = std::max({widest, scales[i].size(), pullbacks_[i]->outputs()});
  }
  const Matrix& weight = (*layers_)[top].encoder.weight;
  const Index rows_at_once = std::min(kRowsPerPass, weight.rows());
  float* above = workspace.ping.Floats(rows_at_once * widest);
  float* below = workspace.pong.Floats(rows_at_once * widest);
  double sum = 0;
  for (Index first = 0; first < weight.rows(); first += kRowsPerPass) {
    const Index rows = std::min(kRowsPerPass, weight.rows() - first);
    std::copy_n(weight.row(first).data(), rows * weight.cols(), above);
    for (std::size_t i = top; i-- > 0;) {
      const PackedDense& pullback = *pullbacks_[i];
      MatrixView scaled(above, rows, pullback.inputs());
      scaled.array().rowwise() *= scales[i].transpose().array();
      pullback.Apply(scaled, PackedDense::Output::kLinear, {below, rows, pullback.outputs()},
                     workspace);
      std::swap(above, below);
    }
    for (Index row = 0; row < rows; ++row) {
      const double d = derivatives[top][first + row];
      sum += d * d * SquaredNorm(above + row * pullbacks_[0]->outputs(), pullbacks_[0]->outputs());
    }
  }
  return sum;
}

}  // namespace cae
