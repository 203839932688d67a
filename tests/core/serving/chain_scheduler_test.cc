// The scheduler driven by hand: no threads, every tile is the test's.
#include "core/serving/chain_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <list>
#include <utility>
#include <vector>

#include "tests/core/serving/fake_clock.h"
#include "tests/core/serving/recording_sink.h"
#include "tests/core/serving/small_servable.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Pair;
using testing::RecordingSink;
using testing::SmallSpec;
using testing::StatusIs;

class TileObserver final : public ServingObserver {
 public:
  void OnChainTile(const ServableIdentity&, std::int64_t rows, std::int64_t streams) override {
    tiles.emplace_back(rows, streams);
  }
  void OnChains(const ServableIdentity&, ChainState state, std::int64_t change) override {
    chains[static_cast<std::size_t>(state)] += change;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> tiles;
  std::array<std::int64_t, 3> chains = {};  ///< waiting, running, parked
};

/// States of one chain after each step, stepped alone.
Matrix StatesOfOneChain(const ChainStreamSpec& spec, Index chain, int steps) {
  const ChainStepper& stepper = spec.servable->stepper(spec.parameters.process);
  Matrix state = spec.states.row(chain);
  Matrix code(1, stepper.code_units());
  Matrix states(steps, state.cols());
  Workspace workspace;
  for (int step = 0; step < steps; ++step) {
    const ChainRow row{spec.parameters.seed, static_cast<std::uint64_t>(spec.first_chain + chain),
                       static_cast<std::uint64_t>(spec.steps_done + step),
                       static_cast<float>(spec.parameters.noise_stddev)};
    EXPECT_THAT(stepper.Step({&row, 1}, spec.parameters.rank, state, code, workspace, NeverYield),
                IsOk());
    states.row(step) = state;
  }
  return states;
}

class ChainSchedulerTest : public ::testing::Test {
 protected:
  explicit ChainSchedulerTest(int threads = 1) : executor_(ByHand(threads)) {}
  ~ChainSchedulerTest() override { executor_.Stop(); }

  Executor::Options ByHand(int threads) {
    Executor::Options options;
    options.threads = threads;
    options.driven_by_hand = true;
    options.clock = &clock_;
    options.observer = &observer_;
    return options;
  }
  RecordingSink& Add(ChainStreamSpec spec, std::int64_t draws) {
    return *AddStream(std::move(spec), draws).second;
  }
  std::pair<std::shared_ptr<ChainStream>, RecordingSink*> AddStream(ChainStreamSpec spec,
                                                                    std::int64_t draws) {
    RecordingSink& sink = Sink(spec, draws);
    auto stream = scheduler_.Prepare(std::move(spec), sink);
    scheduler_.Add(stream);
    return {stream, &sink};
  }
  RecordingSink& Sink(const ChainStreamSpec& spec, std::int64_t draws) {
    RecordingSink& sink = sinks_.emplace_back(spec.states.rows(), draws);
    sink.wants_codes = spec.codes;
    sink.wants_statistics = spec.statistics;
    sink.wants_logits = spec.logits;
    sink.first_draw = spec.draws_done;
    return sink;
  }
  void RunAll() {
    while (executor_.RunOne()) {
    }
  }
  void Run(int tiles) {
    const std::size_t end = observer_.tiles.size() + static_cast<std::size_t>(tiles);
    while (observer_.tiles.size() < end && executor_.RunOne()) {
    }
  }

  const ServableHandle servable_ = testing::SmallServable();
  testing::FakeClock clock_;
  TileObserver observer_;
  std::list<RecordingSink> sinks_;
  Executor executor_;
  ChainScheduler scheduler_{executor_};
};

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

TEST_F(ChainSchedulerTest, ConcludeEndsBetweenDrawsAtAConsistentStep) {
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

TEST_F(ChainSchedulerTest, ConcludeEndsParkedAndNewStreamsWithoutAStep) {
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

TEST_F(ChainSchedulerTest, NoStepIsStartedAfterTheSinkSaidSo) {
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

TEST_F(ChainSchedulerTest, AParkedStreamEndsWhenItIsResumedAfterACancellation) {
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

TEST_F(ChainSchedulerTest, AValueThatIsNotFiniteEndsItsStreamAloneAndNamesTheChain) {
  ChainStreamSpec broken = SmallSpec(servable_, 3, 10);
  broken.states(1, 0) = std::numeric_limits<float>::quiet_NaN();
  const RecordingSink& bad = Add(std::move(broken), 3);
  const RecordingSink& good = Add(SmallSpec(servable_, 3), 3);
  RunAll();
  EXPECT_THAT(bad.ended_with,
              StatusIs(absl::StatusCode::kInternal, HasSubstr("chain 11 of model 'small'")));
  EXPECT_TRUE(bad.draws.empty());
  EXPECT_THAT(good.ended_with, IsOk());
  EXPECT_EQ(good.draws.size(), 3u);
}

TEST_F(ChainSchedulerTest, AnErrorOfTheSinkEndsTheStreamWithIt) {
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

TEST_F(ChainSchedulerTest, StopEndsEveryStreamOnceWithUnavailable) {
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

TEST_F(ChainSchedulerTest, StoppingTheExecutorEndsStreamsToo) {
  RecordingSink& sink = Add(SmallSpec(servable_, 100), 10);
  executor_.Stop();
  EXPECT_THAT(sink.ended_with, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Add(SmallSpec(servable_, 1), 1).ended_with, StatusIs(absl::StatusCode::kUnavailable));
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

}  // namespace
}  // namespace cae
