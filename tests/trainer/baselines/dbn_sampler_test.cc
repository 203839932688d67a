#include "trainer/baselines/dbn_sampler.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/baselines/small_rbm.h"

namespace cae {
namespace {

using testing::Bits;
using testing::HasBitsOf;
using testing::IsOk;
using testing::JointProbabilities;
using testing::kSmallHidden;
using testing::kSmallVisible;
using testing::RandomMatrix;
using testing::SmallRbm;

// What a sampler shows for each hidden state of the top machine.
Matrix ImagesOfHiddenStates(const RbmStack& stack, ThreadPool& pool) {
  const Index units = stack.back().units();
  Matrix rows(1 << units, units);
  for (int h = 0; h < rows.rows(); ++h) rows.row(h) = Bits(h, units).cast<float>().transpose();
  for (auto machine = stack.rbegin(); machine != stack.rend(); ++machine) {
    rows = VisibleMeans(*machine, rows, pool);
  }
  return rows;
}

// How often chains show each of those images.
VectorD Frequencies(const RbmStack& stack, Index chains, int samples, int steps_between) {
  ThreadPool pool(2);
  const Matrix images = ImagesOfHiddenStates(stack, pool);
  auto sampler = DbnSampler::Make(stack, {}, pool);
  EXPECT_THAT(sampler, IsOk());
  (*sampler)->Start(RandomMatrix(chains, stack.front().visible_units(), 5, 0, 1), 17);
  (*sampler)->Step(100);
  VectorD counts = VectorD::Zero(images.rows());
  Matrix shown(chains, (*sampler)->image_units());
  for (int i = 0; i < samples; ++i) {
    (*sampler)->Step(steps_between);
    (*sampler)->Images(shown);
    for (Index chain = 0; chain < chains; ++chain) {
      Index nearest = 0;
      const float distance =
          (images.rowwise() - shown.row(chain)).rowwise().squaredNorm().minCoeff(&nearest);
      EXPECT_LT(distance, 1e-8) << "an image that no hidden state gives";
      ++counts[nearest];
    }
  }
  return counts / counts.sum();
}

TEST(DbnSamplerTest, AMachineIsSampledWithItsExactDistribution) {
  const Rbm rbm = SmallRbm(31);
  const VectorD exact = JointProbabilities(rbm).colwise().sum().transpose();
  const VectorD found = Frequencies({rbm}, 500, 100, 5);
  // Half the sum of the deviations of 32 frequencies from 50,000 nearly independent draws is 0.009
  // on average; a wrong bias or weight moves it by tenths.
  EXPECT_LT((found - exact).cwiseAbs().sum() / 2, 0.02);
}

TEST(DbnSamplerTest, TheTopMachineOfAStackIsSampledAndShownThroughThoseBelow) {
  const RbmStack stack = {SmallRbm(32, 7, 9), SmallRbm(33, 4, 7)};
  const VectorD exact = JointProbabilities(stack[1]).colwise().sum().transpose();
  EXPECT_LT((Frequencies(stack, 500, 100, 5) - exact).cwiseAbs().sum() / 2, 0.02);
}

TEST(DbnSamplerTest, AChainIsTheSameWhateverOthersAndThreadsAndCallsThereAre) {
  const RbmStack stack = {SmallRbm(34, 40, 70), SmallRbm(35, 33, 40)};
  const Matrix starts = RandomMatrix(80, 70, 6, 0, 1);
  const auto last = [&](int threads, Index chains, int calls) {
    ThreadPool pool(threads);
    auto sampler = DbnSampler::Make(stack, {}, pool);
    EXPECT_THAT(sampler, IsOk());
    (*sampler)->Start(Rows(ConstMatrixView(starts), 0, chains), 3);
    for (int i = 0; i < calls; ++i) (*sampler)->Step(12 / calls);
    Matrix shown(chains, 70);
    (*sampler)->Images(shown);
    return shown;
  };
  const Matrix all = last(1, 80, 1);
  EXPECT_THAT(last(3, 80, 4), HasBitsOf(all));
  EXPECT_THAT(last(2, 7, 2), HasBitsOf(Matrix(all.topRows(7))));
}

TEST(DbnSamplerTest, StartsAtTheImagesAndGoesToOtherPlacesWithAnotherSeed) {
  const RbmStack stack = {SmallRbm(36, kSmallHidden, kSmallVisible)};
  ThreadPool pool(1);
  auto sampler = DbnSampler::Make(stack, {}, pool);
  ASSERT_THAT(sampler, IsOk());
  const Matrix starts = RandomMatrix(50, kSmallVisible, 7, 0, 1);
  Matrix shown(50, kSmallVisible), other(50, kSmallVisible);
  (*sampler)->Start(starts, 1);
  (*sampler)->Images(shown);
  EXPECT_THAT(shown, HasBitsOf(starts));
  (*sampler)->Step(3);
  (*sampler)->Images(shown);
  (*sampler)->Start(starts, 2);
  (*sampler)->Step(3);
  (*sampler)->Images(other);
  EXPECT_GT((shown - other).norm(), 0.1);
}

}  // namespace
}  // namespace cae
