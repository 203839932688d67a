// Parzen: the log-likelihood of rows under a Gaussian kernel around each of a model's samples.
#ifndef CAE_TRAINER_EVALUATION_PARZEN_H_
#define CAE_TRAINER_EVALUATION_PARZEN_H_

#include <vector>

#include "absl/types/span.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/evaluation/estimate.h"

namespace cae {

/// The widths among which the validation rows choose: 10^(−1 + i/9), i = 0 … 9.
std::vector<double> ParzenBandwidths();

/// log p(t) = log (1/n) Σ_i exp(−‖t − s_i‖² / 2σ²) − (d/2) log(2πσ²) of each row t under each
/// bandwidth σ, in nats, [rows, bandwidths]; at least one sample s_i. Sums are streamed in double
/// over blocks of distances. Bits do not depend on the number of threads.
MatrixD ParzenLogLikelihoods(ConstMatrixView samples, ConstMatrixView rows,
                             absl::Span<const double> bandwidths, ThreadPool& pool);

/// Plain data.
struct ParzenScore {
  double bandwidth = 0;     ///< σ
  bool at_edge = false;     ///< σ is the first or last of its list: a better one may lie beyond
  Estimate log_likelihood;  ///< of the test rows, nats
};

/// The usual estimate (Breuleux, Bengio, Vincent, Neural Computation 23, 2011; Goodfellow et al.,
/// NIPS 2014): σ has the largest mean log-likelihood of `choice_rows`, then the test rows are
/// measured with it. It favours rigid samples and hardly punishes broken ones (Theis, van den Oord,
/// Bethge, ICLR 2016): never to be shown alone.
ParzenScore ScoreByParzen(ConstMatrixView samples, ConstMatrixView choice_rows,
                          ConstMatrixView test_rows, ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_PARZEN_H_
