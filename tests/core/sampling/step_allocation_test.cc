// A step of chains allocates nothing of ours once its buffers have grown.
#include <gtest/gtest.h>

#include <vector>

#include "core/sampling/chain_stepper.h"
#include "tests/testing/allocation_counter.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

TEST(StepAllocationTest, AStepAllocatesNothingOnceItsBuffersHaveGrown) {
  const auto model = *Autoencoder::Create(testing::RandomModelParameters(
      {30, 40, 20}, {Activation::kLogistic}, testing::Weights::kTied, 1));
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    const ChainStepper stepper(*model, process);
    Workspace workspace;
    Matrix states = testing::RandomMatrix(70, stepper.state_units(), 2, 0, 1);
    Matrix codes(70, stepper.code_units());
    const std::vector<ChainRow> rows(70);
    const auto step = [&] {
      return stepper.Step(rows, 0, states, codes, workspace, NeverYield).ok();
    };
    EXPECT_TRUE(step());
    const long before = testing::Allocations();
    ASSERT_GT(before, 0) << "they are not counted";
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(step());
    EXPECT_EQ(testing::Allocations() - before, 0);
  }
}

}  // namespace
}  // namespace cae
