// The scheduler driven by hand: how streams end, and that nothing is computed for them after it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

#include "core/serving/chain_scheduler.h"
#include "tests/core/serving/chain_scheduler_fixture.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::ChainSchedulerTest;
using ::testing::ElementsAre;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Pair;
using testing::RecordingSink;
using testing::SmallSpec;
using testing::StatesOfOneChain;
using testing::StatusIs;

using ChainSchedulerEndingTest = ChainSchedulerTest;

TEST_F(ChainSchedulerEndingTest, ConcludeEndsBetweenDrawsAtAConsistentStep) {
  ChainStreamSpec spec = SmallSpec(servable_, 200);
  spec.thinning = 1000000;
  const ChainStreamSpec as_given = spec;
  const auto [stream, sink] = AddStream(std::move(spec), 1);
  Run(5);  // 320 of 200 chains: in the midst of the second step
  scheduler_.Conclude(*stream);
  RunAll();
  ASSERT_TRUE(sink->ended());
  EXPECT_THAT(sink->ended_with, IsOk());
  EXPECT_EQ(sink->steps_done, 2);
  EXPECT_EQ(sink->draws_done, 0);
  for (const Index chain : {0, 100, 199}) {
    EXPECT_THAT(Matrix(sink->states.row(chain)),
                HasBitsOf(Matrix(StatesOfOneChain(as_given, chain, 2).row(1))));
  }
}

TEST_F(ChainSchedulerEndingTest, ConcludeEndsParkedAndNewStreamsWithoutAStep) {
  RecordingSink& parked = Sink(SmallSpec(servable_, 5), 0);
  parked.after_draw = [](const ChainStreamState&) { return AfterDraw::kPark; };
  scheduler_.Add(scheduler_.Prepare(SmallSpec(servable_, 5), parked));
  RunAll();
  scheduler_.ConcludeAll();
  RecordingSink& late = Add(SmallSpec(servable_, 3), 5);
  EXPECT_FALSE(parked.ended()) << "a compute thread says so";
  RunAll();
  EXPECT_THAT(parked.ended_with, IsOk());
  EXPECT_EQ(parked.steps_done, 1);
  EXPECT_EQ(parked.draws_done, 1);
  EXPECT_THAT(late.ended_with, IsOk());
  EXPECT_EQ(late.steps_done, 0);
  EXPECT_THAT(late.states, HasBitsOf(SmallSpec(servable_, 3).states));
}

TEST_F(ChainSchedulerEndingTest, NoStepIsStartedAfterTheSinkSaidSo) {
  const auto [stream, sink] = AddStream(SmallSpec(servable_, 64), 100000);
  RecordingSink& other = Add(SmallSpec(servable_, 1), 20);
  Run(7);
  const std::size_t draws = sink->draws.size();
  const std::size_t tiles = observer_.tiles.size();
  sink->cancelled = true;
  RunAll();
  EXPECT_THAT(sink->ended_with, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(sink->states.rows(), 0);
  EXPECT_EQ(sink->draws.size(), draws);
  for (std::size_t i = tiles; i < observer_.tiles.size(); ++i) {
    EXPECT_THAT(observer_.tiles[i], Pair(1, 1)) << "only the other stream's";
  }
  EXPECT_THAT(other.ended_with, IsOk());
}

TEST_F(ChainSchedulerEndingTest, StepsUnderWayAtACancellationAreCountedAsWastedAndPutNoDraw) {
  RecordingSink& sink = Sink(SmallSpec(servable_, 3), 5);
  sink.cancelled_after_asking = 1;
  scheduler_.Add(scheduler_.Prepare(SmallSpec(servable_, 3), sink));
  RecordingSink& other = Add(SmallSpec(servable_, 2), 4);
  RunAll();
  EXPECT_THAT(sink.ended_with, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(sink.draws.empty());
  EXPECT_EQ(observer_.wasted, 3);
  EXPECT_EQ(other.draws.size(), 4u);
}

TEST_F(ChainSchedulerEndingTest, TellsHowLongAfterACancellationAStreamEnded) {
  const auto [stream, sink] = AddStream(SmallSpec(servable_, 3), 5);
  Run(1);
  sink->cancelled = true;
  sink->interrupted_from = clock_.Now();
  clock_.Advance(absl::Milliseconds(7));
  RunAll();
  EXPECT_THAT(observer_.latencies, ElementsAre(absl::Milliseconds(7)));
  EXPECT_EQ(observer_.wasted, 0) << "none was started after it";
}

TEST_F(ChainSchedulerEndingTest, AParkedStreamEndsWhenItIsResumedAfterACancellation) {
  RecordingSink& sink = Sink(SmallSpec(servable_, 5), 0);
  sink.after_draw = [](const ChainStreamState&) { return AfterDraw::kPark; };
  const auto stream = scheduler_.Prepare(SmallSpec(servable_, 5), sink);
  scheduler_.Add(stream);
  RunAll();
  sink.cancelled = true;
  scheduler_.Resume(*stream);
  RunAll();
  EXPECT_THAT(sink.ended_with, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(sink.draws.size(), 1u);
}

TEST_F(ChainSchedulerEndingTest, AParkedStreamEndsAtItsDeadlineWithoutACall) {
  std::vector<RecordingSink*> parked;
  for (const int seconds : {3, 1, 2}) {
    RecordingSink& sink = Sink(SmallSpec(servable_, 5), 0);
    sink.after_draw = [](const ChainStreamState&) { return AfterDraw::kPark; };
    sink.interrupted_from = clock_.Now() + absl::Seconds(seconds);
    scheduler_.Add(scheduler_.Prepare(SmallSpec(servable_, 5), sink));
    parked.push_back(&sink);
  }
  RunAll();
  for (const std::size_t next : {1u, 2u, 0u}) {
    EXPECT_FALSE(executor_.RunOne()) << "nothing to do before the deadline";
    EXPECT_FALSE(parked[next]->ended());
    clock_.Advance(absl::Seconds(1));
    parked[next]->cancelled = true;
    RunAll();
    EXPECT_THAT(parked[next]->ended_with, StatusIs(absl::StatusCode::kCancelled));
    EXPECT_EQ(parked[next]->draws.size(), 1u);
  }
  EXPECT_THAT(observer_.chains, ElementsAre(0, 0, 0));
}

TEST_F(ChainSchedulerEndingTest, AStreamIsNotParkedAfterItsDeadline) {
  RecordingSink& sink = Sink(SmallSpec(servable_, 5), 0);
  sink.interrupted_from = clock_.Now() + absl::Seconds(1);
  sink.after_draw = [&](const ChainStreamState&) {
    clock_.Advance(absl::Seconds(2));
    sink.cancelled = true;
    return AfterDraw::kPark;
  };
  scheduler_.Add(scheduler_.Prepare(SmallSpec(servable_, 5), sink));
  RunAll();
  EXPECT_THAT(sink.ended_with, StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(ChainSchedulerEndingTest, AValueThatIsNotFiniteEndsItsStreamAloneAndNamesTheChain) {
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    for (const Index rank : {0, 2}) {
      ChainStreamSpec broken = SmallSpec(servable_, 3, 10, process, rank);
      broken.states(1, 0) = std::numeric_limits<float>::quiet_NaN();
      const RecordingSink& bad = Add(std::move(broken), 3);
      const RecordingSink& good = Add(SmallSpec(servable_, 3, 0, process, rank), 3);
      RunAll();
      EXPECT_THAT(bad.ended_with,
                  StatusIs(absl::StatusCode::kInternal, HasSubstr("chain 11 of model 'small'")));
      EXPECT_TRUE(bad.draws.empty());
      EXPECT_THAT(good.ended_with, IsOk());
      EXPECT_EQ(good.draws.size(), 3u);
    }
  }
}

TEST_F(ChainSchedulerEndingTest, ADrawThatIsNotFiniteEndsItsStreamThoughItsStateIs) {
  ModelParameters parameters = testing::RandomModelParameters({12, 9, 7}, {Activation::kIdentity},
                                                              testing::Weights::kTied, 2);
  // The largest float, times two.
  parameters.layers[0].encoder.weight.setConstant(2);
  parameters.layers[1].encoder.weight.setZero();
  parameters.layers[1].decoder_bias.setConstant(std::numeric_limits<float>::max());
  const auto model = Autoencoder::Create(std::move(parameters));
  ASSERT_THAT(model, IsOk());
  const auto servable = MakeServable(*model);
  servable->identity = {"large", 1, "digest", "fingerprint"};
  const RecordingSink& sink = Add(SmallSpec(servable, 2, 5, SampleProcess::kTopLayer), /*draws=*/1);
  RunAll();
  EXPECT_THAT(sink.ended_with,
              StatusIs(absl::StatusCode::kInternal, HasSubstr("chain 5 of model 'large'")));
  EXPECT_TRUE(sink.draws.empty());
}

TEST_F(ChainSchedulerEndingTest, AnErrorOfTheSinkEndsTheStreamWithIt) {
  RecordingSink& put = Sink(SmallSpec(servable_, 3), 3);
  put.put_status = absl::OutOfRangeError("too large for FLOAT16");
  scheduler_.Add(scheduler_.Prepare(SmallSpec(servable_, 3), put));
  RecordingSink& done = Sink(SmallSpec(servable_, 3), 3);
  done.after_draw = [](const ChainStreamState&) { return absl::InternalError("no room"); };
  scheduler_.Add(scheduler_.Prepare(SmallSpec(servable_, 3), done));
  RunAll();
  EXPECT_THAT(put.ended_with, StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(done.ended_with, StatusIs(absl::StatusCode::kInternal));
}

TEST_F(ChainSchedulerEndingTest, StopEndsEveryStreamOnceWithUnavailable) {
  RecordingSink& parked = Sink(SmallSpec(servable_, 5), 0);
  parked.after_draw = [](const ChainStreamState&) { return AfterDraw::kPark; };
  scheduler_.Add(scheduler_.Prepare(SmallSpec(servable_, 5), parked));
  RunAll();
  RecordingSink& running = Add(SmallSpec(servable_, 100), 10);
  Run(1);
  scheduler_.Stop();
  RecordingSink& late = Add(SmallSpec(servable_, 1), 10);
  for (const RecordingSink* sink : {&parked, &running, &late}) {
    EXPECT_THAT(sink->ended_with, StatusIs(absl::StatusCode::kUnavailable));
  }
  RunAll();
  scheduler_.Stop();
}

TEST_F(ChainSchedulerEndingTest, StoppingTheExecutorEndsStreamsToo) {
  RecordingSink& sink = Add(SmallSpec(servable_, 100), 10);
  executor_.Stop();
  EXPECT_THAT(sink.ended_with, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Add(SmallSpec(servable_, 1), 1).ended_with, StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace cae
