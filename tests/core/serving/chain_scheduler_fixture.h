// A ChainScheduler driven by hand, for tests: no threads, every tile is the test's.
#ifndef CAE_TESTS_CORE_SERVING_CHAIN_SCHEDULER_FIXTURE_H_
#define CAE_TESTS_CORE_SERVING_CHAIN_SCHEDULER_FIXTURE_H_

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "core/serving/chain_scheduler.h"
#include "tests/core/serving/fake_clock.h"
#include "tests/core/serving/recording_sink.h"
#include "tests/core/serving/small_servable.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {

/// Notes the tiles that are run and counts chains by state.
class TileObserver final : public ServingObserver {
 public:
  void OnChainTile(const ServableIdentity&, std::int64_t rows, std::int64_t streams) override {
    tiles.emplace_back(rows, streams);
  }
  void OnChains(const ServableIdentity&, ChainState state, std::int64_t change) override {
    chains[static_cast<std::size_t>(state)] += change;
  }
  void OnWastedSteps(const ServableIdentity&, std::int64_t steps) override { wasted += steps; }
  void OnStreamInterrupted(const ServableIdentity&, absl::Duration latency) override {
    latencies.push_back(latency);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> tiles;
  std::array<std::int64_t, 3> chains = {};  ///< waiting, running, parked
  std::int64_t wasted = 0;
  std::vector<absl::Duration> latencies;
};

/// States of one chain after each step, stepped alone.
inline Matrix StatesOfOneChain(const ChainStreamSpec& spec, Index chain, int steps) {
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

  const ServableHandle servable_ = SmallServable();
  FakeClock clock_;
  TileObserver observer_;
  std::list<RecordingSink> sinks_;
  Executor executor_;
  ChainScheduler scheduler_{executor_};
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_SERVING_CHAIN_SCHEDULER_FIXTURE_H_
