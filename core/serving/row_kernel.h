// RowKernel: what a unary method computes, row by row, whichever requests the rows come from.
#ifndef CAE_CORE_SERVING_ROW_KERNEL_H_
#define CAE_CORE_SERVING_ROW_KERNEL_H_

#include <compare>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/serving/executor.h"
#include "core/serving/servable.h"

namespace cae {

enum class RowOperation { kEncode, kDecode, kReconstruct, kTangents, kClassify };
inline constexpr int kRowOperations = 5;

/// The rpc's name, as metrics show it: "Encode".
const char* Name(RowOperation operation);

/// Says which kernels compute the same function: rows of equal keys may stand in one tile.
struct RowKernelKey {
  const Servable* servable = nullptr;
  RowOperation operation = RowOperation::kEncode;
  int layer = 0;
  Index rank = 0;
  double tolerance = 0;  ///< never NaN
  unsigned flags = 0;    ///< what else the kernel computes; its own business

  friend auto operator<=>(const RowKernelKey&, const RowKernelKey&) = default;  // NOLINT: no 0 here
};

/// A function of single rows: a row of the output depends, bit for bit, on its row of the input
/// and the key alone. Immutable and thread-safe; holds its servable.
class RowKernel {
 public:
  explicit RowKernel(ServableHandle servable) : servable_(std::move(servable)) {}
  virtual ~RowKernel() = default;
  RowKernel(const RowKernel&) = delete;
  RowKernel& operator=(const RowKernel&) = delete;

  virtual RowKernelKey key() const = 0;
  virtual Index input_columns() const = 0;
  virtual Index output_columns() const = 0;
  /// Arithmetic operations a row, about: what queues and waits are estimated by, and what
  /// admission may weigh rows with.
  virtual double row_cost() const = 0;
  /// kUnary, or kHeavy where a row takes so long that requests of microseconds go before it.
  virtual Job::Kind kind() const { return Job::Kind::kUnary; }
  /// Rows that one call of Run should get at most where a single request brings so many.
  virtual Index max_tile_rows() const { return 256; }

  /// output [n, output_columns()] of input [n, input_columns()], n ≤ max_tile_rows(). An error
  /// ends every request with a row in it: only what `yield` returned, or INTERNAL.
  virtual absl::Status Run(ConstMatrixView input, MatrixView output, Workspace& workspace,
                           YieldPoint yield) const = 0;
  /// Whether one row of the output may be answered; an error ends the request that it belongs to,
  /// whose row number `row` is.
  virtual absl::Status CheckRow(Index /*row*/, absl::Span<const float> /*output*/) const {
    return absl::OkStatus();
  }

  const Servable& servable() const { return *servable_; }
  const Autoencoder& model() const { return *servable_->autoencoder; }

 private:
  const ServableHandle servable_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_KERNEL_H_
