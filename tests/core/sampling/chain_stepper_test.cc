#include "core/sampling/chain_stepper.h"

#include <gtest/gtest.h>

#include "core/sampling/reference_chain.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::Weights;

TEST(ChainStepperTest, Smoke) {
  const ModelParameters parameters =
      RandomModelParameters({12, 8, 5}, {Activation::kLogistic}, Weights::kTied, 3);
  const auto model = *Autoencoder::Create(parameters);
  const ReferenceAutoencoder reference(parameters);
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    const ChainStepper stepper(*model, process);
    const ReferenceChain chain(reference, {.seed = 5, .noise_stddev = 0.7, .process = process});
    Workspace workspace;
    const Matrix inputs = RandomMatrix(3, 12, 1, 0, 1);
    Matrix states(3, stepper.state_units()), codes(3, stepper.code_units());
    stepper.InitialStates(inputs, states, workspace);
    std::vector<ChainRow> rows(3);
    for (int i = 0; i < 3; ++i) rows[i] = {5, static_cast<std::uint64_t>(i), 0, 0.7f};
    const Matrix before = states;
    ASSERT_THAT(stepper.Step(rows, 0, states, codes, workspace, NeverYield), IsOk());
    for (int i = 0; i < 3; ++i) {
      const auto transition = chain.Step(before.row(i).transpose(), i, 0);
      EXPECT_LT((transition.state.transpose() - states.row(i)).norm(), 1e-6);
      EXPECT_LT((transition.code.transpose() - codes.row(i)).norm(), 1e-6);
    }
  }
}

}  // namespace
}  // namespace cae
