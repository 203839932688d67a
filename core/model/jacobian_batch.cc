#include "core/model/jacobian_batch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/math/vector_math.h"

namespace cae {
namespace {

// Rows that go through all layers together: the largest tile of a product.
constexpr Index kRowsPerPass = 256;

template <typename Float>
absl::Span<Float> Span(Float* values, Index size) {
  return {values, static_cast<std::size_t>(size)};
}

}  // namespace

struct JacobianBatch::Pass {
  const Index* points;            ///< of the rows
  Index count;                    ///< of rows
  const float* rows;              ///< where they are now
  std::array<float*, 2> scratch;  ///< where products write in turn
  Workspace& workspace;
  YieldPoint yield_point;

  /// The scratch in which the rows are not.
  float* spare() const { return scratch[rows == scratch[0] ? 1 : 0]; }

  absl::Status Apply(const PackedDense& product, PackedDense::Output output, float* out) {
    CAE_RETURN_IF_ERROR(yield_point());
    product.Apply({rows, count, product.inputs()}, output, {out, count, product.outputs()},
                  workspace);
    rows = out;
    return absl::OkStatus();
  }
  absl::Status Multiply(const PackedDense& product, float* out) {
    return Apply(product, PackedDense::Output::kLinear, out);
  }
};

JacobianBatch::JacobianBatch(const Autoencoder& model, int first, int last, Precision precision)
    : model_(model), first_(first), last_(last) {
  CAE_CHECK(1 <= first && first <= last && last <= model.layers(),
            absl::StrCat("layers ", first, " to ", last, " of ", model.layers()));
  const bool own = precision == model.precision();
  CAE_CHECK(own || precision == Precision::kFloat32, "neither the model's precision nor float32");
  for (int l = first; l <= last; ++l) {
    encoders_.push_back(own ? &model.encoder(l) : &model.float32_encoder(l));
    pullbacks_.push_back(own ? &model.pullback(l) : &model.float32_pullback(l));
  }
  gram_ = own ? model.gram(first) : model.float32_gram(first);
  for (int l = first - 1; l <= last; ++l) widest_ = std::max(widest_, model.units(l));
  derivatives_.resize(last - first + 1);
}

absl::Status JacobianBatch::Evaluate(ConstMatrixView below, Workspace& workspace,
                                     YieldPoint yield_point) {
  CAE_CHECK(below.cols() == input_units(),
            absl::StrCat(below.cols(), " columns for ", input_units(), " units"));
  points_ = 0;  // an error leaves no points behind
  float* const codes = codes_.Floats(below.rows() * code_units());
  for (int l = first_; l <= last_; ++l) {
    derivatives_[l - first_].Floats(below.rows() * model_.units(l));
  }
  for (Index begin = 0; begin < below.rows(); begin += kRowsPerPass) {
    const Index count = std::min(kRowsPerPass, below.rows() - begin);
    Pass pass{
        nullptr,   count,      below.data() + begin * below.cols(), ScratchOf(workspace, count),
        workspace, yield_point};
    for (int l = first_; l <= last_; ++l) {
      const Index units = model_.units(l);
      float* const out = l == last_ ? codes + begin * units : pass.spare();
      CAE_RETURN_IF_ERROR(
          pass.Apply(*encoders_[l - first_], PackedDense::Output::kPreActivation, out));
      ActivateWithDerivative(
          model_.parameters().layers[l - 1].encoder.activation, Span(out, count * units),
          Span(derivatives_[l - first_].floats() + begin * units, count * units));
    }
  }
  points_ = below.rows();
  return absl::OkStatus();
}

absl::Status JacobianBatch::Gram(absl::Span<const Index> points, ConstMatrixView u, MatrixView out,
                                 Workspace& workspace, YieldPoint yield_point) const {
  CAE_CHECK(u.cols() == code_units() && out.cols() == code_units(), "u and out are codes");
  return Send(&JacobianBatch::GramPass, points, u, out, workspace, yield_point);
}

absl::Status JacobianBatch::Push(absl::Span<const Index> points, ConstMatrixView v, MatrixView out,
                                 Workspace& workspace, YieldPoint yield_point) const {
  CAE_CHECK(v.cols() == input_units() && out.cols() == code_units(), "from inputs to codes");
  return Send(&JacobianBatch::PushPass, points, v, out, workspace, yield_point);
}

absl::Status JacobianBatch::Pull(absl::Span<const Index> points, ConstMatrixView u, MatrixView out,
                                 Workspace& workspace, YieldPoint yield_point) const {
  CAE_CHECK(u.cols() == code_units() && out.cols() == input_units(), "from codes to inputs");
  return Send(&JacobianBatch::PullPass, points, u, out, workspace, yield_point);
}

absl::Status JacobianBatch::Send(Way way, absl::Span<const Index> points, ConstMatrixView in,
                                 MatrixView out, Workspace& workspace,
                                 YieldPoint yield_point) const {
  const Index rows = in.rows();
  CAE_CHECK(
      rows == out.rows() && rows == static_cast<Index>(points.size()),
      absl::StrCat(points.size(), " points for ", rows, " vectors and ", out.rows(), " results"));
  for (const Index point : points) {
    CAE_CHECK(0 <= point && point < points_, absl::StrCat("point ", point, " of ", points_));
  }
  for (Index begin = 0; begin < rows; begin += kRowsPerPass) {
    const Index count = std::min(kRowsPerPass, rows - begin);
    Pass pass{points.data() + begin,       count,     in.data() + begin * in.cols(),
              ScratchOf(workspace, count), workspace, yield_point};
    CAE_RETURN_IF_ERROR((this->*way)(pass, out.data() + begin * out.cols()));
  }
  return absl::OkStatus();
}

std::array<float*, 2> JacobianBatch::ScratchOf(Workspace& workspace, Index rows) const {
  return {workspace.ping.Floats(rows * widest_), workspace.pong.Floats(rows * widest_)};
}

absl::Status JacobianBatch::PushPass(Pass& pass, float* out) const {
  return PushFrom(first_, pass, out);
}

absl::Status JacobianBatch::PullPass(Pass& pass, float* out) const {
  CAE_RETURN_IF_ERROR(PullTo(first_, pass));
  return pass.Multiply(*pullbacks_[0], out);
}

absl::Status JacobianBatch::GramPass(Pass& pass, float* out) const {
  CAE_RETURN_IF_ERROR(PullTo(first_, pass));
  if (gram_ == nullptr) {
    CAE_RETURN_IF_ERROR(pass.Multiply(*pullbacks_[0], pass.spare()));
    return PushFrom(first_, pass, out);
  }
  float* const above = first_ == last_ ? out : pass.spare();
  CAE_RETURN_IF_ERROR(pass.Multiply(*gram_, above));
  Scale(first_, pass, above);
  return first_ == last_ ? absl::OkStatus() : PushFrom(first_ + 1, pass, out);
}

absl::Status JacobianBatch::PullTo(int layer, Pass& pass) const {
  Scale(last_, pass, pass.scratch[0]);
  for (int l = last_; l > layer; --l) {
    float* const below = pass.spare();
    CAE_RETURN_IF_ERROR(pass.Multiply(*pullbacks_[l - first_], below));
    Scale(l - 1, pass, below);
  }
  return absl::OkStatus();
}

absl::Status JacobianBatch::PushFrom(int layer, Pass& pass, float* out) const {
  for (int l = layer; l <= last_; ++l) {
    float* const above = l == last_ ? out : pass.spare();
    CAE_RETURN_IF_ERROR(pass.Multiply(*encoders_[l - first_], above));
    Scale(l, pass, above);
  }
  return absl::OkStatus();
}

void JacobianBatch::Scale(int layer, Pass& pass, float* out) const {
  const Index units = model_.units(layer);
  const float* const derivatives = derivatives_[layer - first_].floats();
  for (Index row = 0; row < pass.count; ++row) {
    Multiply(Span(derivatives + pass.points[row] * units, units),
             Span(pass.rows + row * units, units), Span(out + row * units, units));
  }
  pass.rows = out;
}

}  // namespace cae
