// SampleStatistics: the five numbers by which draws of a chain are watched.
#ifndef CAE_CORE_DIAGNOSTICS_SAMPLE_STATISTICS_H_
#define CAE_CORE_DIAGNOSTICS_SAMPLE_STATISTICS_H_

#include <memory>

#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/model/autoencoder.h"

namespace cae {

/// The statistics in the order of their columns, as in v1.SampleStatistic.
enum class SampleStatistic {
  kMeanPixel,                      ///< mean over the units of the draw x
  kSquaredReconstructionDistance,  ///< ‖x − g(f(x))‖², f and g of the whole stack
  kProjection1,                    ///< projection of x on the leading right singular vector of W_1
  kProjection2,
  kProjection3,
};
inline constexpr Index kSampleStatistics = 5;

/// The statistics of some draws, a row each: [n, kSampleStatistics].
using SampleStatisticsView = Eigen::Map<const MatrixD>;

/// Computes them for one model. Fixed: they depend on the model and the draw alone. Immutable and
/// thread-safe.
class SampleStatistics {
 public:
  /// Takes a fraction of a second for 784-1000: singular vectors of W_1 are computed.
  explicit SampleStatistics(std::shared_ptr<const Autoencoder> autoencoder);

  /// What a calling thread keeps from call to call.
  struct Scratch {
    ScratchBuffer codes;
    ScratchBuffer reconstructions;
  };
  /// values [n, kSampleStatistics] of draws [n, input units]. A row does not depend on the others.
  void Compute(ConstMatrixView draws, Eigen::Map<MatrixD> values, Scratch& scratch,
               Workspace& workspace) const;
  /// The same, for once.
  MatrixD Of(ConstMatrixView draws, Workspace& workspace) const;

  const Autoencoder& autoencoder() const { return *autoencoder_; }
  /// [3, input units]: LeadingRightSingularVectors of W_1.
  const MatrixD& directions() const { return directions_; }

 private:
  const std::shared_ptr<const Autoencoder> autoencoder_;
  const MatrixD directions_;
};

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_SAMPLE_STATISTICS_H_
