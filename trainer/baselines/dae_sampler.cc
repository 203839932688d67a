#include "trainer/baselines/dae_sampler.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/math/normal.h"
#include "trainer/base/random_stream.h"

namespace cae {
namespace {

absl::Span<float> Span(Vector& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

}  // namespace

DaeSampler::DaeSampler(std::shared_ptr<const Autoencoder> model, double noise_stddev,
                       ThreadPool& pool)
    : model_(std::move(model)), noise_stddev_(noise_stddev), pool_(pool) {}

void DaeSampler::Start(ConstMatrixView images, std::uint64_t seed) {
  CAE_CHECK(images.cols() == image_units(), "the size of the images");
  seed_ = seed;
  step_ = 0;
  means_ = images;
}

void DaeSampler::Step(int steps) {
  constexpr Index kTile = 32;
  const Index chains = means_.rows();
  pool_.ParallelFor(static_cast<int>((chains + kTile - 1) / kTile), [&](int tile) {
    StepTile(tile * kTile, std::min(kTile, chains - tile * kTile), steps);
  });
  step_ += steps;
}

void DaeSampler::StepTile(Index first, Index count, int steps) {
  Workspace workspace;
  Matrix states(count, image_units()), codes(count, model_->code_units());
  for (int t = 1; t <= steps; ++t) {
    for (Index i = 0; i < count; ++i) {
      Vector state = means_.row(first + i).transpose();
      Corrupt(first + i, step_ + t, state);
      states.row(i) = state.transpose();
    }
    model_->Encode(states, model_->layers(), codes, workspace);
    model_->Decode(codes, model_->layers(), Rows(MatrixView(means_), first, count), workspace);
  }
}

void DaeSampler::Corrupt(Index chain, std::int64_t step, Eigen::Ref<Vector> state) const {
  const NoiseCounter at{
      static_cast<std::uint64_t>(RandomUse::kGibbsChains) << 40 | static_cast<std::uint64_t>(chain),
      static_cast<std::uint64_t>(step)};
  Vector normals(state.size());
  StandardNormals(seed_, at, Span(normals));
  state += static_cast<float>(noise_stddev_) * normals;
}

void DaeSampler::Images(MatrixView out) const {
  CAE_CHECK(out.rows() == means_.rows() && out.cols() == image_units(), "room for the images");
  out = means_;
}

}  // namespace cae
