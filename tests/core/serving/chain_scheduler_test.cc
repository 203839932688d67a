// The scheduler driven by hand: which chains are stepped together, in which order, and with which
// bits.
#include "core/serving/chain_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/core/serving/chain_scheduler_fixture.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::ChainSchedulerTest;
using ::testing::ElementsAre;
using testing::HasBitsOf;
using testing::IsOk;
using ::testing::Pair;
using testing::RecordingSink;
using testing::SmallSpec;
using testing::StatesOfOneChain;

class ChainSchedulerProcessTest
    : public ChainSchedulerTest,
      public ::testing::WithParamInterface<std::pair<SampleProcess, Index>> {};

INSTANTIATE_TEST_SUITE_P(Processes, ChainSchedulerProcessTest,
                         ::testing::Values(std::pair(SampleProcess::kComposed, 0),
                                           std::pair(SampleProcess::kTopLayer, 0),
                                           std::pair(SampleProcess::kComposed, 2),
                                           std::pair(SampleProcess::kTopLayer, 3)));

TEST_P(ChainSchedulerProcessTest, DrawsAreThoseOfEachChainSteppedAlone) {
  const auto [process, rank] = GetParam();
  ChainStreamSpec spec = SmallSpec(servable_, 70, 7, process, rank);
  spec.burn_in = 2;
  spec.thinning = 3;
  const ChainStreamSpec as_given = spec;
  // Others in the same tiles.
  for (int i = 0; i < 5; ++i) Add(SmallSpec(servable_, 3, 100 * i, process, rank), 6);
  const RecordingSink& sink = Add(std::move(spec), 2);
  RunAll();
  ASSERT_THAT(sink.ended_with, IsOk());
  EXPECT_EQ(sink.steps_done, 8);
  Workspace workspace;
  for (Index chain = 0; chain < 70; ++chain) {
    const Matrix states = StatesOfOneChain(as_given, chain, 8);
    EXPECT_THAT(Matrix(sink.states.row(chain)), HasBitsOf(Matrix(states.row(7))));
    Matrix draw(1, 12);
    servable_->stepper(process).Outputs(Matrix(states.row(4)), draw, workspace);
    EXPECT_THAT(Matrix(sink.draws[0].row(chain)), HasBitsOf(draw));
  }
}

TEST_F(ChainSchedulerTest, ChainsOfManyStreamsShareATile) {
  for (int i = 0; i < 100; ++i) Add(SmallSpec(servable_, 1, i), 2);
  RunAll();
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(64, 64), Pair(64, 64), Pair(64, 64), Pair(8, 8)));
}

TEST_F(ChainSchedulerTest, StreamsOfOtherProcessesAndRanksHaveTilesOfTheirOwn) {
  Add(SmallSpec(servable_, 2, 0), 1);
  Add(SmallSpec(servable_, 3, 0, SampleProcess::kTopLayer), 1);
  Add(SmallSpec(servable_, 1, 0, SampleProcess::kComposed, 1), 1);
  RunAll();
  EXPECT_THAT(observer_.tiles, ::testing::UnorderedElementsAre(Pair(2, 1), Pair(3, 1), Pair(1, 1)));
}

TEST_F(ChainSchedulerTest, TilesAreSmallerWhileUnaryWorkWaits) {
  Add(SmallSpec(servable_, 128), 1);
  Run(1);
  Job unary;
  unary.run = [this](Workspace&, YieldPoint) {
    clock_.Advance(absl::Milliseconds(1));
    return Job::Slice::kMore;
  };
  unary.abandon = [](const absl::Status&) {};
  executor_.Submit(unary);
  executor_.Submit(unary);
  Run(1);
  EXPECT_EQ(observer_.tiles.front().first, 64);
  EXPECT_LE(observer_.tiles.back().first, 32);
}

TEST_F(ChainSchedulerTest, TilesAreSmallerForAWhileAfterUnaryWork) {
  Job unary;
  unary.run = [](Workspace&, YieldPoint) { return Job::Slice::kDone; };
  unary.abandon = [](const absl::Status&) {};
  executor_.Submit(unary);
  Add(SmallSpec(servable_, 128), 3);
  Run(1);
  EXPECT_LE(observer_.tiles.back().first, 32);
  clock_.Advance(2 * Executor::kUnaryMemory);
  Run(1);
  EXPECT_EQ(observer_.tiles.back().first, 64);
}

TEST_F(ChainSchedulerTest, ALargeStreamDoesNotStarveSmallOnes) {
  Add(SmallSpec(servable_, 1024), 1000);
  std::vector<RecordingSink*> small;
  for (int i = 0; i < 8; ++i) small.push_back(&Add(SmallSpec(servable_, 1, i), 1000));
  Run(100);
  for (const RecordingSink* sink : small) {
    EXPECT_GE(sink->draws.size(), 90u) << "a draw with nearly every tile";
  }
}

TEST_F(ChainSchedulerTest, SmallStreamsDoNotStarveALargeOne) {
  RecordingSink& large = Add(SmallSpec(servable_, 128), 1000);
  for (int i = 0; i < 63; ++i) Add(SmallSpec(servable_, 16, i), 1000);
  // A share of one in 64: 128 of 128 · 64 rows.
  Run(2 * 128 + 8);
  EXPECT_GE(large.draws.size(), 1u);
  EXPECT_LE(large.draws.size(), 3u);
}

TEST_F(ChainSchedulerTest, AParkedStreamIsNotSteppedAndGoesOnWhereItWas) {
  const ChainStreamSpec spec = SmallSpec(servable_, 5);
  RecordingSink& sink = Sink(spec, 4);
  sink.after_draw = [](const ChainStreamState& state) {
    return state.draws_done == 4 ? AfterDraw::kEnd : AfterDraw::kPark;
  };
  const auto stream = scheduler_.Prepare(spec, sink);
  scheduler_.Add(stream);
  EXPECT_THAT(observer_.chains, ElementsAre(5, 0, 0));
  RunAll();
  EXPECT_EQ(sink.draws.size(), 1u);
  EXPECT_THAT(observer_.chains, ElementsAre(0, 0, 5));
  for (int i = 0; i < 3; ++i) {
    scheduler_.Resume(*stream);
    scheduler_.Resume(*stream);
    EXPECT_THAT(observer_.chains, ElementsAre(0, 5, 0));
    RunAll();
  }
  ASSERT_TRUE(sink.ended());
  EXPECT_THAT(observer_.chains, ElementsAre(0, 0, 0));
  EXPECT_THAT(Matrix(sink.states.row(2)), HasBitsOf(Matrix(StatesOfOneChain(spec, 2, 4).row(3))));
  scheduler_.Resume(*stream);
  scheduler_.Conclude(*stream);
  RunAll();
}

TEST_F(ChainSchedulerTest, ResumeUndoesAParkingThatIsBeingDecided) {
  const ChainStreamSpec spec = SmallSpec(servable_, 5);
  RecordingSink& sink = Sink(spec, 0);
  std::shared_ptr<ChainStream> stream;
  sink.after_draw = [&](const ChainStreamState& state) {
    scheduler_.Resume(*stream);
    return state.draws_done == 3 ? AfterDraw::kEnd : AfterDraw::kPark;
  };
  stream = scheduler_.Prepare(spec, sink);
  scheduler_.Add(stream);
  RunAll();
  EXPECT_TRUE(sink.ended());
}

TEST_F(ChainSchedulerTest, AStreamThatComesBackHasNoCreditForItsAbsence) {
  RecordingSink& running = Add(SmallSpec(servable_, 64, 0), 100000);
  const ChainStreamSpec spec = SmallSpec(servable_, 64, 64);
  RecordingSink& sink = Sink(spec, 0);
  sink.after_draw = [&](const ChainStreamState& state) {
    return state.draws_done == 1 ? AfterDraw::kPark : AfterDraw::kContinue;
  };
  const auto stream = scheduler_.Prepare(spec, sink);
  scheduler_.Add(stream);
  Run(500);
  EXPECT_EQ(sink.draws.size(), 1u);
  const std::size_t before = running.draws.size();
  scheduler_.Resume(*stream);
  Run(40);
  EXPECT_NEAR(static_cast<double>(running.draws.size() - before), 20, 2);
}

TEST_F(ChainSchedulerTest, WhatIsAskedBesideDrawsIsComputedOverStreams) {
  ChainStreamSpec plain = SmallSpec(servable_, 2, 20);
  ChainStreamSpec measured = SmallSpec(servable_, 3, 30);
  measured.statistics = true;
  ChainStreamSpec all = SmallSpec(servable_, 4, 40);
  all.codes = all.statistics = all.logits = true;
  ChainStreamSpec classified = SmallSpec(servable_, 2, 50);
  classified.logits = true;
  Add(std::move(plain), 1);
  std::vector<RecordingSink*> sinks = {&Add(std::move(measured), 1), &Add(std::move(all), 1),
                                       &Add(std::move(classified), 1)};
  RunAll();
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(11, 4)));
  Workspace workspace;
  for (const RecordingSink* sink : sinks) {
    if (sink->wants_statistics) {
      EXPECT_THAT(sink->values, HasBitsOf(servable_->statistics->Of(sink->draws[0], workspace)));
    }
    if (!sink->wants_logits) continue;
    Matrix logits(sink->draws[0].rows(), 3);
    servable_->autoencoder->Logits(sink->draws[0], logits, workspace);
    EXPECT_THAT(sink->logits, HasBitsOf(logits));
  }
  Matrix decoded(4, 12);
  servable_->autoencoder->Decode(sinks[1]->codes, 2, decoded, workspace);
  EXPECT_THAT(decoded, HasBitsOf(sinks[1]->draws[0])) << "the codes are those that were decoded";
}

TEST_F(ChainSchedulerTest, EstimatesTheTimeToTheFirstDrawFromWhatRuns) {
  ChainStreamSpec spec = SmallSpec(servable_, 4);
  spec.burn_in = 90;
  spec.thinning = 10;
  const absl::Duration alone = scheduler_.EstimatedFirstDraw(spec, 4);
  EXPECT_GT(alone, absl::ZeroDuration());
  Add(SmallSpec(servable_, 64), 1);
  const absl::Duration beside = scheduler_.EstimatedFirstDraw(spec, 4);
  EXPECT_EQ(beside, 2 * alone) << "the other stream has the same share";
  RunAll();
  EXPECT_LE(scheduler_.EstimatedFirstDraw(spec, 4), alone);
}

class ChainSchedulerTwoThreadsTest : public ChainSchedulerTest {
 protected:
  ChainSchedulerTwoThreadsTest() : ChainSchedulerTest(2) {}
};

TEST_F(ChainSchedulerTwoThreadsTest, TilesAreCutSoThatNoThreadIsIdle) {
  for (int i = 0; i < 64; ++i) Add(SmallSpec(servable_, 1, i), 1);
  Run(1);
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(32, 32)));
}

TEST_F(ChainSchedulerTwoThreadsTest, ATileIsAShareOfAllChainsAndNotOfThoseThatWait) {
  const auto add = [this](int streams) {
    std::vector<RecordingSink*> sinks;
    for (int i = 0; i < streams; ++i) sinks.push_back(&Add(SmallSpec(servable_, 1, i), 1));
    return sinks;
  };
  bool is_first = true;
  for (RecordingSink* sink : add(16)) {
    sink->after_draw = [&](const ChainStreamState&) {
      if (!std::exchange(is_first, false)) return AfterDraw::kEnd;
      // The first thread has its 8 chains in hand; to the second all 24 that wait are open.
      add(16);
      executor_.RunOne();
      return AfterDraw::kEnd;
    };
  }
  Run(1);
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(8, 8), Pair(16, 16)));
}

}  // namespace
}  // namespace cae
