#include "server/requests/sample_producer.h"

#include <gmock/gmock.h>

#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/serving_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;

/// A clock that each look puts forward.
class TickingClock : public Clock {
 public:
  explicit TickingClock(absl::Duration tick) : tick_(tick) {}
  absl::Time Now() const override { return now_ += tick_; }

 private:
  const absl::Duration tick_;
  mutable absl::Time now_ = absl::UnixEpoch();
};

class SampleProducerTest : public ::testing::Test {
 protected:
  SamplePlan Plan(Index chains, Index input_units = 6) {
    SamplePlan plan;
    plan.spec.servable = testing::MakeServable(
        "model", 1,
        testing::RandomModelParameters({input_units, 4}, {Activation::kLogistic},
                                       testing::Weights::kTied, 1));
    plan.spec.states = testing::RandomMatrix(chains, input_units, 2, 0, 1);
    plan.chains = chains;
    plan.state_interval = -1;
    return plan;
  }

  /// The next message, and the steps of single chains that it took.
  v1::SampleResponse Next(SampleProducer& producer) {
    steps_ = 0;
    while (!producer.message_ready()) {
      EXPECT_THAT(producer.AdvanceOneChain(workspace_), IsOk());
      ++steps_;
    }
    v1::SampleResponse message;
    EXPECT_THAT(producer.WriteMessage(&message), IsOk());
    return message;
  }

  const TickingClock still_{absl::ZeroDuration()};
  Workspace workspace_;
  int steps_ = 0;
};

TEST_F(SampleProducerTest, PacksUpTo64KiB) {
  SampleProducer producer(Plan(100, 60), still_);  // 24,000 bytes a draw
  const v1::SampleResponse message = Next(producer);
  EXPECT_EQ(message.samples().shape(0), 2);
  EXPECT_EQ(steps_, 200);
  EXPECT_EQ(producer.draws_written(), 200);
}

TEST_F(SampleProducerTest, PacksADrawThatIsLargerByItself) {
  SampleProducer producer(Plan(300, 60), still_);
  EXPECT_EQ(Next(producer).samples().shape(0), 1);
}

TEST_F(SampleProducerTest, PacksFor20Milliseconds) {
  // Five looks at the clock, whatever they are for, are 20 ms: far fewer draws than 64 KiB hold.
  const TickingClock clock(absl::Milliseconds(4));
  SampleProducer producer(Plan(1), clock);
  EXPECT_LE(Next(producer).samples().shape(0), 5);
  EXPECT_LE(Next(producer).samples().shape(0), 5);
}

TEST_F(SampleProducerTest, TimeDoesNotCutMessagesOfAFixedSize) {
  const TickingClock clock(absl::Seconds(10));
  SamplePlan plan = Plan(1);
  plan.draws_per_message = 7;
  SampleProducer producer(std::move(plan), clock);
  EXPECT_EQ(Next(producer).samples().shape(0), 7);
}

TEST_F(SampleProducerTest, TheTimeOfASlowReaderIsNotTheMessages) {
  class SettableClock : public Clock {
   public:
    absl::Time Now() const override { return now; }
    absl::Time now = absl::UnixEpoch();
  } clock;
  SampleProducer producer(Plan(100, 60), clock);
  EXPECT_EQ(Next(producer).samples().shape(0), 2);
  clock.now += absl::Seconds(60);  // between messages, while a write is in flight
  EXPECT_EQ(Next(producer).samples().shape(0), 2);
}

TEST_F(SampleProducerTest, SendsAStateEveryMiBOfItsOwn) {
  SamplePlan plan = Plan(100, 60);
  plan.state_interval = 0;
  SampleProducer producer(std::move(plan), still_);
  std::int64_t draws = 0;
  for (int states = 1; states <= 2; ++states) {
    v1::SampleResponse message;
    do {
      message = Next(producer);
      draws += message.samples().shape(0);
    } while (!message.has_state());
    EXPECT_EQ(draws, states * 44);  // the first multiple of 24,000 bytes beyond a MiB
    EXPECT_EQ(message.state().draws_done(), draws);
  }
}

TEST_F(SampleProducerTest, SendsAStateEverySecondOfItsOwn) {
  const TickingClock clock(absl::Milliseconds(300));
  SamplePlan plan = Plan(1);
  plan.state_interval = 0;
  plan.draws_per_message = 1;
  SampleProducer producer(std::move(plan), clock);
  int states = 0;
  for (int i = 0; i < 12; ++i) states += Next(producer).has_state();
  EXPECT_GE(states, 3);
}

TEST_F(SampleProducerTest, SendsDiagnosticsEverySecond) {
  const TickingClock clock(absl::Milliseconds(100));
  SamplePlan plan = Plan(1);
  plan.draws_per_message = 1;
  plan.diagnostics = v1::DIAGNOSTICS_LEVEL_BASIC;
  SampleProducer producer(std::move(plan), clock);
  std::vector<std::int64_t> covered;
  std::int64_t draws = 0;
  for (int i = 0; i < 30; ++i) {
    const v1::SampleResponse message = Next(producer);
    draws += message.samples().shape(0);
    if (!message.has_diagnostics()) continue;
    covered.push_back(message.diagnostics().draws());
    EXPECT_EQ(covered.back(), draws);
  }
  // A message looks at the clock a few times, so that some ten of them make a second at most.
  EXPECT_GE(covered.size(), 3u);
  EXPECT_LE(covered.size(), 15u);
}

TEST_F(SampleProducerTest, WithoutTimePassingDiagnosticsComeAtTheEndAlone) {
  SamplePlan plan = Plan(2);
  plan.draws = 6;
  plan.draws_per_message = 2;
  plan.diagnostics = v1::DIAGNOSTICS_LEVEL_BASIC;
  SampleProducer producer(std::move(plan), still_);
  EXPECT_FALSE(Next(producer).has_diagnostics());
  EXPECT_FALSE(Next(producer).has_diagnostics());
  EXPECT_EQ(Next(producer).diagnostics().draws(), 6);
  EXPECT_TRUE(producer.last_message_written());
}

TEST_F(SampleProducerTest, AStreamThatEndsBeforeItsFirstDrawHasNoDiagnostics) {
  SamplePlan plan = Plan(1);
  plan.spec.thinning = 5;
  plan.diagnostics = v1::DIAGNOSTICS_LEVEL_BASIC;
  SampleProducer producer(std::move(plan), still_);
  ASSERT_THAT(producer.AdvanceOneChain(workspace_), IsOk());
  producer.Conclude();
  const v1::SampleResponse message = Next(producer);
  EXPECT_TRUE(message.has_state());
  EXPECT_FALSE(message.has_diagnostics());
  EXPECT_TRUE(producer.last_message_written());
}

TEST_F(SampleProducerTest, ConcludesBetweenDrawsWithTheDrawsMadeAndTheStateReached) {
  SamplePlan plan = Plan(2);
  plan.spec.thinning = 5;
  plan.draws_per_message = 3;
  SampleProducer producer(std::move(plan), still_);
  for (int step = 0; step < 2 * 7; ++step)
    ASSERT_THAT(producer.AdvanceOneChain(workspace_), IsOk());
  EXPECT_TRUE(producer.at_step_boundary());
  producer.Conclude();
  const v1::SampleResponse message = Next(producer);
  EXPECT_EQ(message.samples().shape(0), 1);
  EXPECT_EQ(message.state().step(), 7);
  EXPECT_EQ(message.state().draws_done(), 1);
  EXPECT_TRUE(producer.last_message_written());
}

TEST_F(SampleProducerTest, AStepThatIsHalfDoneIsNoPlaceForAState) {
  SampleProducer producer(Plan(2), still_);
  ASSERT_THAT(producer.AdvanceOneChain(workspace_), IsOk());
  EXPECT_FALSE(producer.at_step_boundary());
}

}  // namespace
}  // namespace cae
