#include "trainer/baselines/log_partition.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/testing/same_bits.h"
#include "tests/trainer/baselines/small_rbm.h"

namespace cae {
namespace {

using testing::Bits;
using testing::HasBitsOf;
using testing::JointProbabilities;
using testing::kSmallHidden;
using testing::kSmallVisible;
using testing::RandomVector;
using testing::SmallRbm;
using testing::Weight;

// log Z from any one state: log of its weight over its probability.
double ExactLogPartition(const Rbm& rbm) {
  return std::log(Weight(rbm, Bits(0, kSmallVisible), Bits(0, kSmallHidden)) /
                  JointProbabilities(rbm)(0, 0));
}

TEST(LogPartitionTest, AnnealingFindsTheEnumeratedSum) {
  const Rbm rbm = SmallRbm(71);
  ThreadPool pool(2);
  const Vector mean = RandomVector(kSmallVisible, 72, 0.2, 0.8);
  const LogPartition estimate = EstimateLogPartition(rbm, mean, {400, 300, 1}, pool);
  EXPECT_LT(estimate.standard_error, 0.02);
  EXPECT_NEAR(estimate.value, ExactLogPartition(rbm), 5 * estimate.standard_error);
}

TEST(LogPartitionTest, OneTemperatureIsImportanceSamplingWithALargerButHonestError) {
  const Rbm rbm = SmallRbm(73);
  ThreadPool pool(2);
  const Vector mean = Vector::Constant(kSmallVisible, 0.5f);
  const LogPartition rough = EstimateLogPartition(rbm, mean, {20'000, 1, 1}, pool);
  const LogPartition fine = EstimateLogPartition(rbm, mean, {400, 300, 1}, pool);
  EXPECT_NEAR(rough.value, ExactLogPartition(rbm), 5 * rough.standard_error);
  EXPECT_GT(rough.standard_error * std::sqrt(20'000.0), fine.standard_error * std::sqrt(400.0));
}

TEST(LogPartitionTest, TheResultIsTheSameForAnyThreads) {
  const Rbm rbm = SmallRbm(74);
  const Vector mean = Vector::Constant(kSmallVisible, 0.5f);
  ThreadPool one(1), three(3);
  EXPECT_EQ(EstimateLogPartition(rbm, mean, {100, 20, 4}, one).value,
            EstimateLogPartition(rbm, mean, {100, 20, 4}, three).value);
}

TEST(LogPartitionTest, LikelihoodsOfBinaryRowsAreTheEnumeratedMarginals) {
  const Rbm rbm = SmallRbm(75);
  const VectorD marginal = JointProbabilities(rbm).rowwise().sum();
  Matrix rows(1 << kSmallVisible, kSmallVisible);
  for (int v = 0; v < rows.rows(); ++v) {
    rows.row(v) = Bits(v, kSmallVisible).cast<float>().transpose();
  }
  ThreadPool pool(1);
  const VectorD found = LogLikelihoods(rbm, rows, ExactLogPartition(rbm), 1, pool);
  EXPECT_LT((found - VectorD(marginal.array().log())).cwiseAbs().maxCoeff(), 1e-5);
  EXPECT_NEAR(found.array().exp().sum(), 1, 1e-5);
}

}  // namespace
}  // namespace cae
