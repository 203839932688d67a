// The kernels of the unary methods.
#ifndef CAE_CORE_SERVING_ROW_KERNELS_H_
#define CAE_CORE_SERVING_ROW_KERNELS_H_

#include <memory>

#include "core/serving/row_kernel.h"

namespace cae {

// Each returns a kernel for one request (or many); arguments have been checked against the
// servable. Columns of the output, in order:

/// h_layer: [units(layer)].
std::unique_ptr<const RowKernel> EncodeKernel(ServableHandle servable, int layer);

/// x̂ from h_layer: [input units].
std::unique_ptr<const RowKernel> DecodeKernel(ServableHandle servable, int layer);

/// x̂ = g(f(x)), its loss in nats and, if asked for, ‖J‖²_F of the whole stack: [input units | 1 |
/// 1]. kHeavy with contractions.
std::unique_ptr<const RowKernel> ReconstructKernel(ServableHandle servable, bool contractions);

/// Logits of the classifier, which the model must have: [classes].
std::unique_ptr<const RowKernel> ClassifyKernel(ServableHandle servable);

struct TangentsKernelOptions {
  int layer = 1;
  Index rank = 1;
  double tolerance = 1e-4;
  bool code_directions = false;
  bool contractions = false;
};
/// The leading singular triplets of ∂h_layer/∂x: [k singular values | k residuals | k·d directions
/// | k·h code directions, if asked for | ‖J‖²_F, if asked for]. kHeavy. CheckRow: INTERNAL where a
/// residual is beyond the tolerance.
std::unique_ptr<const RowKernel> TangentsKernel(ServableHandle servable,
                                                const TangentsKernelOptions& options);

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_KERNELS_H_
