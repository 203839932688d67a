// The model that kernels are measured with.
#ifndef CAE_BENCHMARKS_KERNELS_KERNEL_MODEL_H_
#define CAE_BENCHMARKS_KERNELS_KERNEL_MODEL_H_

#include "core/math/matrix.h"
#include "core/model/autoencoder.h"

namespace cae::benchmarks {

/// The bundled one-layer model, 784-1000; made once. Run in the project's folder.
const Autoencoder& KernelModel(Precision precision);

/// `rows` start examples of it, repeated as often as needed.
Matrix KernelInputs(Index rows);

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_KERNELS_KERNEL_MODEL_H_
