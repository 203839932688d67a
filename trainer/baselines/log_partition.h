// EstimateLogPartition: the normalisation of an RBM, so that its likelihood can be told.
#ifndef CAE_TRAINER_BASELINES_LOG_PARTITION_H_
#define CAE_TRAINER_BASELINES_LOG_PARTITION_H_

#include <cstdint>

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/baselines/rbm.h"

namespace cae {

struct AnnealingOptions {
  Index chains = 100;
  int temperatures = 10'000;
  std::uint64_t seed = 1;
};

struct LogPartition {
  double value = 0;           ///< log Z, in nats
  double standard_error = 0;  ///< of it, from the spread of the chains' weights
};

/// Annealed importance sampling (Neal 2001; for RBMs Salakhutdinov and Murray, ICML 2008): chains
/// go from independent pixels of these means to the machine in equal steps of the inverse
/// temperature. Too few temperatures, or a mode that no chain comes upon, give too small a value,
/// hence too large a likelihood, with an error that looks small: a likelihood that is too good to
/// be true is not. The result does not depend on the number of threads.
LogPartition EstimateLogPartition(const Rbm& rbm, const Vector& mean,
                                  const AnnealingOptions& options, ThreadPool& pool);

/// log p(v) = −F(v) − log Z of each row, drawn by its means into a binary state, in nats.
VectorD LogLikelihoods(const Rbm& rbm, ConstMatrixView rows, double log_partition,
                       std::uint64_t seed, ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_LOG_PARTITION_H_
