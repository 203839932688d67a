// JacobianBatch: products with the encoder's Jacobians at many points at once, without forming one.
#ifndef CAE_CORE_MODEL_JACOBIAN_BATCH_H_
#define CAE_CORE_MODEL_JACOBIAN_BATCH_H_

#include <array>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/model/autoencoder.h"

namespace cae {

/// J = ∂h_last/∂h_{first−1} = D_last W_last ⋯ D_first W_first, D_l = diag(s'(a_l)), at many points.
/// The weights are shared by all points and only the D_l differ, so that any number of vectors at
/// any number of points go through one matrix product.
///
/// **Batch invariance.** Row i of a result depends on the bits of its point and of its vector
/// alone.
///
/// Made once and used again: Evaluate() overwrites, buffers grow and are kept. Thread-compatible;
/// the products are const and may run on several threads at once, each with its own Workspace.
/// Refers to the model, which must outlive it. The yield point is called before every product, and
/// its error ends a call with that error, results undefined.
class JacobianBatch {
 public:
  /// 1 ≤ first ≤ last ≤ model.layers(). In the precision of the model's products, or in float32.
  JacobianBatch(const Autoencoder& model, int first, int last)
      : JacobianBatch(model, first, last, model.precision()) {}
  JacobianBatch(const Autoencoder& model, int first, int last, Precision precision);

  /// Moves to the points h_{first−1} = rows of `below`, [n, input_units()]: encodes them and keeps
  /// the derivatives of each layer.
  absl::Status Evaluate(ConstMatrixView below, Workspace& workspace, YieldPoint yield_point);

  Index points() const { return points_; }
  Index code_units() const { return model_.units(last_); }
  Index input_units() const { return model_.units(first_ - 1); }
  /// h_last of each point, [points(), code_units()]. Valid until the next Evaluate().
  ConstMatrixView codes() const { return {codes_.floats(), points_, code_units()}; }

  // Row i of the vectors belongs to point points[i]; a point may stand anywhere, any number of
  // times. Results may not overlap vectors.

  /// J Jᵀ u: [m, code_units()] → [m, code_units()]. Through G_first where the model has it.
  absl::Status Gram(absl::Span<const Index> points, ConstMatrixView u, MatrixView out,
                    Workspace& workspace, YieldPoint yield_point) const;
  /// J v: [m, input_units()] → [m, code_units()].
  absl::Status Push(absl::Span<const Index> points, ConstMatrixView v, MatrixView out,
                    Workspace& workspace, YieldPoint yield_point) const;
  /// Jᵀ u: [m, code_units()] → [m, input_units()].
  absl::Status Pull(absl::Span<const Index> points, ConstMatrixView u, MatrixView out,
                    Workspace& workspace, YieldPoint yield_point) const;

 private:
  /// Some rows on their way through the layers.
  struct Pass;
  using Way = absl::Status (JacobianBatch::*)(Pass& pass, float* out) const;

  /// Sends all rows that way, as many at once as products are good for.
  absl::Status Send(Way way, absl::Span<const Index> points, ConstMatrixView in, MatrixView out,
                    Workspace& workspace, YieldPoint yield_point) const;
  /// Room for that many rows of the widest layer, twice: products write to them in turn.
  std::array<float*, 2> ScratchOf(Workspace& workspace, Index rows) const;
  absl::Status GramPass(Pass& pass, float* out) const;
  absl::Status PushPass(Pass& pass, float* out) const;
  absl::Status PullPass(Pass& pass, float* out) const;
  /// D_layer W_{layer+1}ᵀ ⋯ W_lastᵀ D_last of the rows, left in a scratch.
  absl::Status PullTo(int layer, Pass& pass) const;
  /// D_last W_last ⋯ D_layer W_layer of the rows.
  absl::Status PushFrom(int layer, Pass& pass, float* out) const;
  /// Multiplies row by row with D_layer of its point, into `out`, which may be where the rows are.
  void Scale(int layer, Pass& pass, float* out) const;

  const Autoencoder& model_;
  const int first_;
  const int last_;
  std::vector<const PackedDense*> encoders_, pullbacks_;  ///< [l − first]
  const PackedDense* gram_;                               ///< G_first, or null
  Index widest_ = 0;  ///< units of the widest layer between first − 1 and last
  Index points_ = 0;
  std::vector<ScratchBuffer> derivatives_;  ///< [l − first]: [points, units(l)]
  ScratchBuffer codes_;
};

}  // namespace cae

#endif  // CAE_CORE_MODEL_JACOBIAN_BATCH_H_
