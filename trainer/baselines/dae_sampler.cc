#include "trainer/baselines/dae_sampler.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/math/normal.h"
#include "trainer/base/random_stream.h"
#include "trainer/baselines/bernoulli.h"

namespace cae {
namespace {

// Blocks of Philox for each kind of draw; normals begin at block 0.
constexpr std::uint32_t kDrawBlocks = 1u << 24, kReplacedBlocks = 2u << 24, kCoinBlocks = 3u << 24;

absl::Span<float> Span(Vector& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

}  // namespace

DaeSampler::DaeSampler(std::shared_ptr<const Autoencoder> model, const DaeSamplerOptions& options,
                       ThreadPool& pool)
    : model_(std::move(model)), options_(options), pool_(pool) {}

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
  const auto draws = [&](std::uint32_t first_block, Vector means) {
    DrawBernoulli(seed_, at, first_block, Span(means), Span(means));
    return means;
  };
  if (options_.draw_outputs) state = draws(kDrawBlocks, state);
  if (options_.noise_stddev > 0) {
    Vector normals(state.size());
    StandardNormals(seed_, at, Span(normals));
    state += static_cast<float>(options_.noise_stddev) * normals;
  }
  if (options_.salt_and_pepper > 0) {
    const auto share = static_cast<float>(options_.salt_and_pepper);
    const Vector replaced = draws(kReplacedBlocks, Vector::Constant(state.size(), share));
    const Vector coins = draws(kCoinBlocks, Vector::Constant(state.size(), 0.5f));
    state = (replaced.array() > 0).select(coins, state);
  }
}

void DaeSampler::Images(MatrixView out) const {
  CAE_CHECK(out.rows() == means_.rows() && out.cols() == image_units(), "room for the images");
  out = means_;
}

}  // namespace cae
