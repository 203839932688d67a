// Batched float steps against ReferenceChain, in double, one chain at a time, and their bits. CTest
// runs this program three times: with the best instruction set of the machine and held at AVX2 and
// at SSE4.1.
#include "core/sampling/chain_stepper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/sampling/reference_chain.h"
#include "tests/testing/held_instruction_set.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

[[maybe_unused]] const bool kHeld = testing::HoldInstructionSetOfEnvironment();

using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::Weights;

constexpr std::uint64_t kSeed = 0x123456789abcdef;

struct Stack {
  std::vector<Index> sizes;
  Activation activation;
  Weights weights;
  SampleProcess process;
};

struct Batch {
  std::vector<ChainRow> rows;
  Matrix states;
  Matrix codes;
};

class ChainStepperTest : public ::testing::TestWithParam<Stack> {
 protected:
  /// Chains of different jobs at different steps, with noise of different size, some without.
  Batch MakeBatch(Index count) {
    Batch batch = {{}, Matrix(count, stepper_.state_units()), Matrix(count, stepper_.code_units())};
    for (Index i = 0; i < count; ++i) {
      const auto number = static_cast<std::uint64_t>(i);
      batch.rows.push_back({kSeed + number % 3, number * 1000003, number % 7,
                            i % 5 == 4 ? 0.0f : 0.25f * static_cast<float>(1 + i % 4)});
    }
    const Matrix inputs = RandomMatrix(count, model_->input_units(), 1, 0, 1);
    stepper_.InitialStates(inputs, batch.states, workspace_);
    return batch;
  }

  void Step(Batch& batch, Index first, Index count, Index rank = 0) {
    ASSERT_THAT(stepper_.Step(absl::MakeConstSpan(batch.rows).subspan(first, count), rank,
                              Rows(MatrixView(batch.states), first, count),
                              Rows(MatrixView(batch.codes), first, count), workspace_, NeverYield),
                IsOk());
  }

  ReferenceChain::Transition ReferenceStep(const ChainRow& row, const Vector& state,
                                           Index rank) const {
    const ReferenceChain chain(reference_, {row.seed, row.noise_stddev, rank, GetParam().process});
    return chain.Step(state, row.chain, row.step);
  }

  const ModelParameters parameters_ =
      RandomModelParameters(GetParam().sizes, {GetParam().activation}, GetParam().weights, 4);
  const std::shared_ptr<const Autoencoder> model_ = *Autoencoder::Create(parameters_);
  const ReferenceAutoencoder reference_{parameters_};
  const ChainStepper stepper_{*model_, GetParam().process};
  Workspace workspace_;
};

// Both run freely from one start; the float chain may leave the other by what its roundings grow
// to.
TEST_P(ChainStepperTest, FollowsTheReferenceChain) {
  for (const Index rank : {0, 2}) {
    Batch batch = MakeBatch(6);
    std::vector<Vector> states, codes(6);
    for (Index i = 0; i < 6; ++i) states.emplace_back(batch.states.row(i));
    for (int step = 1; step <= 10; ++step) {
      Step(batch, 0, 6, rank);
      for (Index i = 0; i < 6; ++i) {
        const auto transition = ReferenceStep(batch.rows[i], states[i], rank);
        states[i] = transition.state;
        codes[i] = transition.code;
        ++batch.rows[i].step;
        if (step != 1 && step != 3 && step != 10) continue;
        const double tolerance = step == 1 ? 4e-6 : 4e-5;
        EXPECT_LE((batch.states.row(i) - states[i].transpose()).norm(),
                  tolerance * (1 + states[i].norm()))
            << "rank " << rank << " step " << step << " chain " << i;
        EXPECT_LE((batch.codes.row(i) - codes[i].transpose()).norm(),
                  tolerance * (1 + codes[i].norm()))
            << "rank " << rank << " step " << step << " chain " << i;
      }
    }
  }
}

TEST_P(ChainStepperTest, WholeRankIsTheWholeJacobian) {
  Batch whole = MakeBatch(5), ranked = whole;
  Step(whole, 0, 5);
  Step(ranked, 0, 5, std::min(stepper_.state_units(), stepper_.code_units()));
  EXPECT_LE((whole.codes - ranked.codes).norm(), 1e-5 * (1 + whole.codes.norm()));
  EXPECT_LE((whole.states - ranked.states).norm(), 1e-5 * (1 + whole.states.norm()));
}

TEST_P(ChainStepperTest, BitsOfARowDependOnTheRowAlone) {
  for (const Index rank : {0, 2}) {
    const Index count = rank == 0 ? 300 : 40;
    const Batch before = MakeBatch(count);
    Batch alone = before;
    for (Index i = 0; i < count; ++i) Step(alone, i, 1, rank);
    for (const Index size : {7, 32, 64, 129, 300}) {
      Batch cut = before;
      for (Index first = 0; first < count; first += size) {
        Step(cut, first, std::min(size, count - first), rank);
      }
      ASSERT_THAT(cut.states, HasBitsOf(alone.states)) << "rank " << rank << " in " << size;
      ASSERT_THAT(cut.codes, HasBitsOf(alone.codes)) << "rank " << rank << " in " << size;
    }
  }
}

TEST_P(ChainStepperTest, WithoutNoiseAStepReconstructs) {
  Batch batch = MakeBatch(3);
  for (ChainRow& row : batch.rows) row.noise_stddev = 0;
  const Matrix before = batch.states;
  Step(batch, 0, 3);
  for (Index i = 0; i < 3; ++i) {
    const auto expected = ReferenceStep(batch.rows[i], before.row(i).transpose(), 0);
    EXPECT_LE((batch.states.row(i) - expected.state.transpose()).norm(),
              4e-6 * (1 + expected.state.norm()));
  }
}

TEST_P(ChainStepperTest, OutputsAreWhatTheReferenceShows) {
  const Batch batch = MakeBatch(3);
  Matrix outputs(3, model_->input_units());
  stepper_.Outputs(batch.states, outputs, workspace_);
  const ReferenceChain chain(reference_, {.process = GetParam().process});
  for (Index i = 0; i < 3; ++i) {
    const Vector expected = chain.Output(batch.states.row(i).transpose());
    EXPECT_LE((outputs.row(i) - expected.transpose()).norm(), 4e-6 * (1 + expected.norm()));
  }
}

TEST_P(ChainStepperTest, YieldsBeforeEveryProductAndEndsWithItsError) {
  Batch batch = MakeBatch(2);
  int calls = 0;
  const auto count = [&calls] {
    ++calls;
    return absl::OkStatus();
  };
  ASSERT_THAT(stepper_.Step(batch.rows, 0, batch.states, batch.codes, workspace_, count), IsOk());
  const bool stacked = GetParam().process == SampleProcess::kComposed && model_->layers() > 1;
  EXPECT_GE(calls, stacked ? 7 : 3);
  const int all = calls;
  for (int last = 0; last < all; ++last) {
    calls = 0;
    const auto cancel = [&calls, last] {
      return calls++ < last ? absl::OkStatus() : absl::CancelledError("enough");
    };
    EXPECT_EQ(stepper_.Step(batch.rows, 0, batch.states, batch.codes, workspace_, cancel).code(),
              absl::StatusCode::kCancelled)
        << last;
  }
  EXPECT_THAT(stepper_.Step(batch.rows, 0, batch.states, batch.codes, workspace_, count), IsOk());
}

std::string StackName(const ::testing::TestParamInfo<Stack>& info) {
  std::string name;
  for (const Index size : info.param.sizes) absl::StrAppend(&name, size, "_");
  return absl::StrCat(name, ActivationName(info.param.activation), "_",
                      info.param.weights == Weights::kTied ? "tied" : "untied", "_",
                      info.param.process == SampleProcess::kComposed ? "composed" : "top");
}

std::vector<Stack> Stacks() {
  std::vector<Stack> stacks;
  const std::vector<std::vector<Index>> all_sizes = {{12, 8}, {9, 13}, {12, 17, 8}, {7, 9, 6, 5}};
  for (const auto& sizes : all_sizes) {
    for (const Activation activation :
         {Activation::kLogistic, Activation::kTanh, Activation::kRelu, Activation::kIdentity}) {
      for (const Weights weights : {Weights::kTied, Weights::kUntied}) {
        for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
          stacks.push_back({sizes, activation, weights, process});
        }
      }
    }
  }
  return stacks;
}

INSTANTIATE_TEST_SUITE_P(All, ChainStepperTest, ::testing::ValuesIn(Stacks()), StackName);

}  // namespace
}  // namespace cae
