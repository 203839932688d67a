#include "core/diagnostics/sample_statistics.h"

#include <utility>

#include "core/diagnostics/leading_directions.h"

namespace cae {
namespace {

constexpr Index kProjections = 3;

constexpr Index Column(SampleStatistic statistic) { return static_cast<Index>(statistic); }

}  // namespace

SampleStatistics::SampleStatistics(std::shared_ptr<const Autoencoder> autoencoder)
    : autoencoder_(std::move(autoencoder)),
      directions_(LeadingRightSingularVectors(
          autoencoder_->parameters().layers.front().encoder.weight, kProjections)) {}

MatrixD SampleStatistics::Of(ConstMatrixView draws, Workspace& workspace) const {
  Matrix reconstructions(draws.rows(), draws.cols());
  Vector losses(draws.rows());
  autoencoder_->Reconstruct(draws, reconstructions, losses, workspace);
  MatrixD values(draws.rows(), kSampleStatistics);
  // Row by row, so that no row's bits depend on how many there are.
  for (Index row = 0; row < draws.rows(); ++row) {
    const VectorD x = draws.row(row).cast<double>().transpose();
    const VectorD distance = x - reconstructions.row(row).cast<double>().transpose();
    values(row, Column(SampleStatistic::kMeanPixel)) = x.mean();
    values(row, Column(SampleStatistic::kSquaredReconstructionDistance)) = distance.squaredNorm();
    values.row(row).tail<kProjections>() = (directions_ * x).transpose();
  }
  return values;
}

}  // namespace cae
