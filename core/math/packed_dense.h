// PackedDense: a dense layer whose weights are packed once and whose rows come out the same in
// every batch.
#ifndef CAE_CORE_MATH_PACKED_DENSE_H_
#define CAE_CORE_MATH_PACKED_DENSE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/math/activation.h"
#include "core/math/matrix.h"
#include "core/math/precision.h"
#include "core/math/workspace.h"

namespace cae {

/// Y = s(X Aᵀ + b), row by row, by oneDNN, with bias and activation fused into the product. In
/// float32, or with X and A rounded to bfloat16.
///
/// **Batch invariance.** The bits of an output row depend on its input row alone: not on how many
/// rows come with it nor on where among them it stands. oneDNN gives that for some numbers of rows
/// and not for others, differently on every instruction set (below AVX-512 a single row rounds
/// otherwise than a row among many, so that it is padded there). So products are made in a few
/// *tile classes*, 1 to 256 rows each; Pack() pushes one probe row through every position of every
/// class and keeps the largest set of classes that return the same bits everywhere. A batch is cut
/// into the largest tiles, the rest is padded with zero rows.
///
/// Immutable and thread-safe once packed; each calling thread brings its own Workspace. Apply()
/// allocates nothing of ours once it was called; oneDNN may.
class PackedDense {
 public:
  enum class Layout {
    kOutputsByInputs,  ///< A is the matrix given: [outputs, inputs]
    kInputsByOutputs,  ///< A is its transpose: a tied decoder is packed from the encoder's weight
                       ///< as it is
  };
  enum class Output {
    kActivated,      ///< s(a)
    kPreActivation,  ///< a: losses are computed from it without losing digits in a saturated s
    kLinear,         ///< A x alone, without b and s: products with Jacobians
  };
  struct Options {
    /// The outputs that Apply() may be asked for. Making one costs load time, no weights.
    std::vector<Output> outputs = {Output::kActivated, Output::kPreActivation};
    Precision precision = Precision::kFloat32;
  };

  /// Packs. `bias` has one element an output, or none for b = 0. Both are copied.
  /// FAILED_PRECONDITION if the processor has no products of that precision, INTERNAL if oneDNN
  /// refuses for another reason.
  static absl::StatusOr<PackedDense> Pack(ConstMatrixView weight, Layout layout, const Vector& bias,
                                          Activation activation, const Options& options);
  static absl::StatusOr<PackedDense> Pack(ConstMatrixView weight, Layout layout, const Vector& bias,
                                          Activation activation) {
    return Pack(weight, layout, bias, activation, Options());
  }

  PackedDense(PackedDense&&) noexcept;
  PackedDense& operator=(PackedDense&&) noexcept;
  ~PackedDense();

  Index inputs() const;
  Index outputs() const;

  /// inputs: [rows, inputs()], outputs: [rows, outputs()], any number of rows; the two may not
  /// overlap.
  void Apply(ConstMatrixView inputs, Output output, MatrixView outputs, Workspace& workspace) const;

  /// The tile classes that passed the probe, rows each, ascending: what cutting a batch elsewhere
  /// should respect.
  const std::vector<Index>& tile_rows() const;
  /// Bytes of packed weights held.
  std::size_t packed_bytes() const;

 private:
  class Impl;
  explicit PackedDense(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace cae

#endif  // CAE_CORE_MATH_PACKED_DENSE_H_
