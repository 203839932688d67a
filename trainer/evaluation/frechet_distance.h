// FrechetDistance: between the Gaussians that fit two sets of feature rows.
#ifndef CAE_TRAINER_EVALUATION_FRECHET_DISTANCE_H_
#define CAE_TRAINER_EVALUATION_FRECHET_DISTANCE_H_

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"

namespace cae {

/// Mean and covariance (unbiased) of rows.
struct FeatureMoments {
  VectorD mean;
  MatrixD covariance;
};

/// Of at least two rows. Products are float32 of centred rows, sums over blocks of rows double; the
/// bits do not depend on the number of threads.
FeatureMoments MomentsOf(ConstMatrixView rows, ThreadPool& pool);

/// The squared Fréchet (2-Wasserstein) distance to N(μ, Σ),
///   ‖μ − m‖² + tr Σ + tr C − 2 tr (Σ^½ C Σ^½)^½,
/// for N(m, C) (Dowson and Landau, Journal of Multivariate Analysis 12, 1982; as a score of
/// samples: Heusel et al., NIPS 2017). Keeps Σ^½, the slow half of the work. Immutable.
class FrechetReference {
 public:
  /// One self-adjoint eigendecomposition: n³, seconds for n = 1000.
  explicit FrechetReference(FeatureMoments moments);

  /// Of moments of the same size; eigenvalues alone.
  double DistanceTo(const FeatureMoments& other) const;

 private:
  const FeatureMoments moments_;
  MatrixD root_;  // Σ^½
};

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_FRECHET_DISTANCE_H_
