// JacobianSpectrum: the singular values of the encoder's Jacobian over a few rows.
#ifndef CAE_TRAINER_EVALUATION_JACOBIAN_SPECTRUM_H_
#define CAE_TRAINER_EVALUATION_JACOBIAN_SPECTRUM_H_

#include <functional>
#include <vector>

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"

namespace cae {

/// σ_1 ≥ σ_2 ≥ … of J = ∂f/∂x, f the whole encoder.
struct JacobianSpectrum {
  MatrixD singular_values;  ///< [rows, k]
  Index rows() const { return singular_values.rows(); }
};

/// What the rows of a spectrum have in common at σ_k.
struct SpectrumPoint {
  Index k = 1;                                     ///< from 1
  double mean = 0, low = 0, median = 0, high = 0;  ///< low and high: the 10% and 90% quantiles
};

/// By dense decompositions in double precision, exact and slow: 0.7 s a row for 1000 × 784, one row
/// a thread. `rank` is cut to what J has. `on_progress` is called with the number of rows that are
/// done, now and then, on the calling thread.
JacobianSpectrum MeasureSpectrum(const ModelParameters& model, ConstMatrixView rows, Index rank,
                                 ThreadPool& pool, const std::function<void(Index)>& on_progress);

/// Every k, over at least one row.
std::vector<SpectrumPoint> SummariseSpectrum(const JacobianSpectrum& spectrum);

/// The q-quantile, 0 ≤ q ≤ 1, of values in any order, linear between neighbours; at least one.
double Quantile(std::vector<double> values, double q);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_JACOBIAN_SPECTRUM_H_
