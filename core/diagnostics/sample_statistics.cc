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

void SampleStatistics::Compute(ConstMatrixView draws, Eigen::Map<MatrixD> values, Scratch& scratch,
                               Workspace& workspace) const {
  const Index rows = draws.rows();
  const int top = autoencoder_->layers();
  const MatrixView codes(
      scratch.codes.Floats(static_cast<std::size_t>(rows * autoencoder_->code_units())), rows,
      autoencoder_->code_units());
  const MatrixView reconstructions(
      scratch.reconstructions.Floats(static_cast<std::size_t>(draws.size())), rows, draws.cols());
  autoencoder_->Encode(draws, top, codes, workspace);
  autoencoder_->Decode(codes, top, reconstructions, workspace);
  // Row by row, so that no row's bits depend on how many there are.
  for (Index row = 0; row < rows; ++row) {
    const auto x = draws.row(row).cast<double>();
    const auto reconstruction = reconstructions.row(row).cast<double>();
    values(row, Column(SampleStatistic::kMeanPixel)) = x.mean();
    values(row, Column(SampleStatistic::kSquaredReconstructionDistance)) =
        (x - reconstruction).squaredNorm();
    for (Index i = 0; i < kProjections; ++i) {
      values(row, Column(SampleStatistic::kProjection1) + i) = directions_.row(i).dot(x);
    }
  }
}

MatrixD SampleStatistics::Of(ConstMatrixView draws, Workspace& workspace) const {
  MatrixD values(draws.rows(), kSampleStatistics);
  Scratch scratch;
  Compute(draws, {values.data(), values.rows(), values.cols()}, scratch, workspace);
  return values;
}

}  // namespace cae
