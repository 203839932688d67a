#include "core/serving/sample_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/serving/loader.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_repository.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;

ServableHandle TwoLayers() {
  const testing::TempRepository repository;
  const std::string path =
      repository.Add("m", 1,
                     testing::RandomModelParameters({6, 5, 4}, {Activation::kLogistic},
                                                    testing::Weights::kTied, 2));
  auto servable = LoadServable({"m", 1, path, "m/1/model.safetensors"}, {}, 1 << 20);
  EXPECT_THAT(servable, IsOk());
  return *servable;
}

/// Steps until the next draw is ready.
Matrix NextDraw(SampleSession& session) {
  do {
    EXPECT_THAT(session.AdvanceOneChain(), IsOk());
  } while (!session.draw_ready());
  return session.Draw();
}

class SampleSessionTest : public ::testing::TestWithParam<SampleProcess> {
 protected:
  SampleSpec Spec(const Matrix& inputs) const {
    SampleSpec spec;
    spec.servable = servable_;
    spec.parameters = {42, 0.5, 0, GetParam()};
    spec.states = InitialStates(*servable_, GetParam(), inputs);
    return spec;
  }

  const ServableHandle servable_ = TwoLayers();
  const Matrix inputs_ = RandomMatrix(3, 6, 9, 0, 1);
};

INSTANTIATE_TEST_SUITE_P(Processes, SampleSessionTest,
                         ::testing::Values(SampleProcess::kComposed, SampleProcess::kTopLayer));

TEST_P(SampleSessionTest, DrawsAreWhatTheReferenceChainGives) {
  SampleSpec spec = Spec(inputs_);
  spec.first_chain = 7;
  SampleSession session(spec);
  const Matrix first = NextDraw(session);
  const Matrix second = NextDraw(session);
  const ReferenceChain chain(*servable_->reference, spec.parameters);
  for (Index row = 0; row < 3; ++row) {
    const auto number = static_cast<std::uint64_t>(7 + row);
    const auto one = chain.Step(chain.InitialState(inputs_.row(row)), number, 0);
    const auto two = chain.Step(one.state, number, 1);
    EXPECT_THAT(Vector(first.row(row)), HasBitsOf(chain.Output(one.state)));
    EXPECT_THAT(Vector(second.row(row)), HasBitsOf(chain.Output(two.state)));
    EXPECT_THAT(Vector(session.codes().row(row)), HasBitsOf(two.code));
  }
}

TEST_P(SampleSessionTest, ADrawComesAfterBurnInAndThinningSteps) {
  SampleSpec spec = Spec(inputs_);
  spec.burn_in = 2;
  spec.thinning = 3;
  SampleSession session(std::move(spec));
  NextDraw(session);
  EXPECT_EQ(session.steps_done(), 5);
  EXPECT_EQ(session.draws_done(), 1);
  NextDraw(session);
  EXPECT_EQ(session.steps_done(), 8);
  EXPECT_EQ(session.draws_done(), 2);
}

TEST_P(SampleSessionTest, AStateCarriesOnBitForBitWhereverItWasTaken) {
  SampleSpec spec = Spec(inputs_);
  spec.burn_in = 2;
  spec.thinning = 3;
  SampleSession whole(spec);
  for (int steps = 0; steps < 7; ++steps) {
    for (int chain = 0; chain < 3; ++chain) ASSERT_THAT(whole.AdvanceOneChain(), IsOk());
    ASSERT_TRUE(whole.at_step_boundary());
    SampleSpec rest = spec;
    rest.states = whole.states();
    rest.steps_done = whole.steps_done();
    rest.draws_done = whole.draws_done();
    SampleSession resumed(rest);
    SampleSession original(spec);
    while (original.draws_done() < 4) (void)NextDraw(original);
    while (resumed.draws_done() < 4) (void)NextDraw(resumed);
    EXPECT_THAT(resumed.Draw(), HasBitsOf(original.Draw())) << "after " << steps + 1 << " steps";
    EXPECT_EQ(resumed.steps_done(), original.steps_done());
  }
}

TEST_P(SampleSessionTest, ChainsInShardsGiveTheBitsOfOneJob) {
  SampleSession whole(Spec(inputs_));
  SampleSpec shard = Spec(inputs_.bottomRows(2));
  shard.first_chain = 1;
  SampleSession part(shard);
  for (int draw = 0; draw < 3; ++draw) {
    const Matrix expected = NextDraw(whole).bottomRows(2);
    EXPECT_THAT(NextDraw(part), HasBitsOf(expected));
  }
}

TEST_P(SampleSessionTest, TheDrawIsReadyUntilTheNextAdvance) {
  SampleSession session(Spec(inputs_));
  EXPECT_FALSE(session.draw_ready());
  (void)NextDraw(session);
  EXPECT_TRUE(session.draw_ready());
  EXPECT_TRUE(session.at_step_boundary());
  ASSERT_THAT(session.AdvanceOneChain(), IsOk());
  EXPECT_FALSE(session.draw_ready());
  EXPECT_FALSE(session.at_step_boundary());
}

TEST_P(SampleSessionTest, AValueThatIsNotFiniteEndsTheSessionAndNamesTheChain) {
  SampleSpec spec = Spec(inputs_);
  // Logistic units saturate, so that only a start that is not finite itself gets through.
  spec.states(1, 0) = std::numeric_limits<float>::quiet_NaN();
  SampleSession session(std::move(spec));
  ASSERT_THAT(session.AdvanceOneChain(), IsOk());
  EXPECT_THAT(session.AdvanceOneChain(),
              testing::StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("chain 1 of")));
}

TEST(PickStartExamplesTest, DependsOnSeedAndChainNumberAlone) {
  const ServableHandle servable = TwoLayers();
  const Matrix all = PickStartExamples(*servable, 5, 0, 64);
  EXPECT_THAT(PickStartExamples(*servable, 5, 10, 4), HasBitsOf(Matrix(all.middleRows(10, 4))));
  EXPECT_NE(PickStartExamples(*servable, 6, 0, 64), all);
  const Matrix& examples = servable->autoencoder->parameters().start_examples;
  std::vector<int> counts(static_cast<std::size_t>(examples.rows()));
  for (Index row = 0; row < all.rows(); ++row) {
    for (Index i = 0; i < examples.rows(); ++i) counts[i] += all.row(row) == examples.row(i);
  }
  EXPECT_THAT(counts, ::testing::Each(::testing::Gt(8))) << "each of the three is picked";
}

}  // namespace
}  // namespace cae
