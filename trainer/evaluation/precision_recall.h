// Precision and recall of samples in a feature space: are samples like data, is data like samples.
#ifndef CAE_TRAINER_EVALUATION_PRECISION_RECALL_H_
#define CAE_TRAINER_EVALUATION_PRECISION_RECALL_H_

#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/evaluation/squared_distances.h"

namespace cae {

/// An estimate of the region that feature rows fill: the union of balls, one around each row, which
/// reach to its k-th nearest other row (Kynkäänniemi, Karras, Laine, Lehtinen, Aila, "Improved
/// Precision and Recall Metric for Assessing Generative Models", NeurIPS 2019). A view: the rows
/// must outlive it. Immutable and thread-safe.
class FeatureRegion {
 public:
  static constexpr int kNeighbours = 3;

  /// More than `neighbours` rows, at least one neighbour.
  FeatureRegion(ConstMatrixView features, int neighbours, ThreadPool& pool);

  const NormedRows& features() const { return features_; }
  /// Squared radii, one a row.
  const Vector& squared_radii() const { return squared_radii_; }

  /// The share of the rows of `points` that lie in some ball, borders included.
  double Covers(const NormedRows& points, ThreadPool& pool) const;

 private:
  const NormedRows features_;
  Vector squared_radii_;
};

/// Plain data, in [0, 1].
struct PrecisionRecall {
  double precision = 0;  ///< share of generated rows in the region of the real ones
  double recall = 0;     ///< share of real rows in the region of the generated ones
};

/// Comparable only between equal numbers of real and of generated rows.
PrecisionRecall MeasurePrecisionRecall(const FeatureRegion& real, const FeatureRegion& generated,
                                       ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_PRECISION_RECALL_H_
