#include "trainer/baselines/dbn_sampler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/math/packed_dense.h"
#include "trainer/base/random_stream.h"
#include "trainer/baselines/bernoulli.h"

namespace cae {
namespace {

// One machine, ready for both directions. Packed products give a row the same bits in any batch.
struct PackedRbm {
  PackedDense up, down;

  static absl::StatusOr<PackedRbm> Pack(const Rbm& rbm) {
    CAE_ASSIGN_OR_RETURN(PackedDense up,
                         PackedDense::Pack(rbm.hidden.weight, PackedDense::Layout::kOutputsByInputs,
                                           rbm.hidden.bias, Activation::kLogistic));
    CAE_ASSIGN_OR_RETURN(PackedDense down,
                         PackedDense::Pack(rbm.hidden.weight, PackedDense::Layout::kInputsByOutputs,
                                           rbm.visible_bias, Activation::kLogistic));
    return PackedRbm{std::move(up), std::move(down)};
  }
};

Workspace& ThreadWorkspace() {
  thread_local Workspace workspace;
  return workspace;
}

void Means(const PackedDense& layer, ConstMatrixView inputs, MatrixView outputs) {
  layer.Apply(inputs, PackedDense::Output::kActivated, outputs, ThreadWorkspace());
}

}  // namespace

class DbnSampler::Impl {
 public:
  Impl(std::vector<PackedRbm> machines, const DbnSamplerOptions& options, ThreadPool& pool)
      : machines_(std::move(machines)), options_(options), pool_(pool) {
    CAE_CHECK(options_.transitions > 0, "transitions a step");
  }

  Index image_units() const { return machines_.front().up.inputs(); }

  void Start(ConstMatrixView images, std::uint64_t seed) {
    CAE_CHECK(images.cols() == image_units(), "the size of the images");
    seed_ = seed;
    step_ = 0;
    means_.resize(images.rows(), top().up.inputs());
    states_.resize(images.rows(), top().up.inputs());
    ForTilesOfChains([&](Index first, Index count) {
      Matrix rows = images.middleRows(first, count);
      for (std::size_t l = 0; l + 1 < machines_.size(); ++l) {
        Matrix above(count, machines_[l].up.outputs());
        Means(machines_[l].up, rows, above);
        rows = std::move(above);
      }
      means_.middleRows(first, count) = rows;
      for (Index i = first; i < first + count; ++i) Draw(i, 0, kVisible, means_, states_, i);
    });
  }

  void Step(int steps) {
    const std::int64_t transitions = std::int64_t{steps} * options_.transitions;
    ForTilesOfChains([&](Index first, Index count) {
      Matrix hidden(count, top().up.outputs());
      for (std::int64_t t = 1; t <= transitions; ++t) {
        Means(top().up, Rows(ConstMatrixView(states_), first, count), hidden);
        for (Index i = 0; i < count; ++i) Draw(first + i, step_ + t, kHidden, hidden, hidden, i);
        Means(top().down, hidden, Rows(MatrixView(means_), first, count));
        for (Index i = first; i < first + count; ++i) {
          Draw(i, step_ + t, kVisible, means_, states_, i);
        }
      }
    });
    step_ += transitions;
  }

  void Images(MatrixView out) const {
    CAE_CHECK(out.rows() == means_.rows() && out.cols() == image_units(), "room for the images");
    ForTilesOfChains([&](Index first, Index count) {
      Matrix rows = means_.middleRows(first, count);
      for (std::size_t l = machines_.size() - 1; l-- > 0;) {
        Matrix below(count, machines_[l].down.outputs());
        Means(machines_[l].down, rows, below);
        rows = std::move(below);
      }
      Rows(out, first, count) = rows;
    });
  }

 private:
  // The first Philox blocks of each kind of units.
  static constexpr std::uint32_t kHidden = 0, kVisible = 1u << 24;

  const PackedRbm& top() const { return machines_.back(); }

  // Row `row` of `draws` from row `row` of `means`, for a chain at a step.
  void Draw(Index chain, std::int64_t step, std::uint32_t first_block, const Matrix& means,
            Matrix& draws, Index row) const {
    const NoiseCounter at{static_cast<std::uint64_t>(RandomUse::kGibbsChains) << 40 |
                              static_cast<std::uint64_t>(chain),
                          static_cast<std::uint64_t>(step)};
    const auto size = static_cast<std::size_t>(means.cols());
    DrawBernoulli(seed_, at, first_block, {means.row(row).data(), size},
                  {draws.row(row).data(), size});
  }

  // Chains do not look at each other, so each tile goes its way alone.
  template <typename Work>
  void ForTilesOfChains(const Work& work) const {
    constexpr Index kTile = 32;
    const Index chains = means_.rows();
    pool_.ParallelFor(static_cast<int>((chains + kTile - 1) / kTile), [&](int tile) {
      work(tile * kTile, std::min(kTile, chains - tile * kTile));
    });
  }

  const std::vector<PackedRbm> machines_;
  const DbnSamplerOptions options_;
  ThreadPool& pool_;
  std::uint64_t seed_ = 0;
  std::int64_t step_ = 0;
  Matrix means_, states_;  // of the top machine's visible units, one row a chain
};

DbnSampler::DbnSampler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DbnSampler::~DbnSampler() = default;

absl::StatusOr<std::unique_ptr<DbnSampler>> DbnSampler::Make(const RbmStack& stack,
                                                             const DbnSamplerOptions& options,
                                                             ThreadPool& pool) {
  CAE_CHECK(!stack.empty(), "a stack without machines");
  std::vector<PackedRbm> machines;
  for (const Rbm& rbm : stack) {
    CAE_ASSIGN_OR_RETURN(PackedRbm packed, PackedRbm::Pack(rbm));
    machines.push_back(std::move(packed));
  }
  return std::unique_ptr<DbnSampler>(
      new DbnSampler(std::make_unique<Impl>(std::move(machines), options, pool)));
}

Index DbnSampler::image_units() const { return impl_->image_units(); }
void DbnSampler::Start(ConstMatrixView images, std::uint64_t seed) { impl_->Start(images, seed); }
void DbnSampler::Step(int steps) { impl_->Step(steps); }
void DbnSampler::Images(MatrixView out) const { impl_->Images(out); }

}  // namespace cae
