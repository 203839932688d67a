// The compute engine on real threads: draws keep their bits whatever runs beside them, and every
// stream and request ends exactly once whatever happens to it. For the thread sanitizer too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <list>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "core/serving/chain_scheduler.h"
#include "core/serving/row_batcher.h"
#include "core/serving/row_kernels.h"
#include "tests/core/serving/recording_sink.h"
#include "tests/core/serving/small_servable.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::RecordingSink;
using testing::SmallSpec;

Executor::Options Threads(int threads) {
  Executor::Options options;
  options.threads = threads;
  options.nice_increment = 0;
  return options;
}

/// Counts ends, and waits for them.
class Ends {
 public:
  void Add() {
    MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  void WaitFor(int count) {
    MutexLock lock(mutex_);
    while (count_ < count) changed_.Wait(mutex_);
  }
  int count() const {
    MutexLock lock(mutex_);
    return count_;
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

/// Encodes rows, again and again if it is told so.
class EncodeRequest final : public RowRequest {
 public:
  EncodeRequest(const ServableHandle& servable, Index rows, Ends& ends)
      : kernel_(EncodeKernel(servable, 2)),
        input_(testing::RandomMatrix(rows, 12, 4, 0, 1)),
        output_(rows, 7),
        ends_(ends) {}
  const RowKernel& kernel() const override { return *kernel_; }
  Index rows() const override { return input_.rows(); }
  const float* input_in_place() const override { return input_.data(); }
  absl::Status ReadRows(Index, MatrixView) override { return absl::OkStatus(); }
  absl::Status WriteRows(Index first, ConstMatrixView rows) override {
    output_.middleRows(first, rows.rows()) = rows;
    return absl::OkStatus();
  }
  absl::Status Interruption() const override {
    return cancelled ? absl::CancelledError("gone") : absl::OkStatus();
  }
  void Finish(const absl::Status& status) override {
    ++finished;
    if (status.ok() && again_ != nullptr && !quit) return again_->Add(*this);
    ends_.Add();
  }

  RowBatcher* again_ = nullptr;
  std::atomic<bool> quit = false;
  std::atomic<bool> cancelled = false;
  std::atomic<int> finished = 0;

 private:
  const std::unique_ptr<const RowKernel> kernel_;
  const Matrix input_;
  Matrix output_;
  Ends& ends_;
};

constexpr Index kChains = 37;
constexpr std::int64_t kDraws = 25;

ChainStreamSpec Wanted(const ServableHandle& servable, SampleProcess process, Index rank) {
  ChainStreamSpec spec = SmallSpec(servable, kChains, 5, process, rank);
  spec.burn_in = 3;
  spec.thinning = 2;
  return spec;
}

class EngineBitsTest : public ::testing::TestWithParam<std::tuple<int, SampleProcess, Index>> {
 protected:
  /// The draws of a stream alone on one thread.
  std::vector<Matrix> Alone() {
    return Draws(1, Wanted(servable_, process_, rank_), kDraws)->draws;
  }
  std::unique_ptr<RecordingSink> Draws(int threads, ChainStreamSpec spec, std::int64_t draws) {
    Executor executor(Threads(threads));
    ChainScheduler scheduler(executor);
    Ends ends;
    auto sink = std::make_unique<RecordingSink>(spec.states.rows(), draws);
    sink->first_draw = spec.draws_done;
    sink->on_end = [&] { ends.Add(); };
    scheduler.Add(scheduler.Prepare(std::move(spec), *sink));
    ends.WaitFor(1);
    executor.Stop();
    EXPECT_THAT(sink->ended_with, IsOk());
    return sink;
  }

  const ServableHandle servable_ = testing::SmallServable();
  const int threads_ = std::get<0>(GetParam());
  const SampleProcess process_ = std::get<1>(GetParam());
  const Index rank_ = std::get<2>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(All, EngineBitsTest,
                         ::testing::Combine(::testing::Values(1, 4),
                                            ::testing::Values(SampleProcess::kComposed,
                                                              SampleProcess::kTopLayer),
                                            ::testing::Values(0, 2)));

TEST_P(EngineBitsTest, DrawsAreTheSameBesideManyStreamsAndUnaryWork) {
  const std::vector<Matrix> alone = Alone();
  Executor executor(Threads(threads_));
  ChainScheduler scheduler(executor);
  RowBatcher batcher(executor);
  Ends ends;
  std::list<EncodeRequest> requests;
  for (int i = 0; i < 4; ++i) {
    requests.emplace_back(servable_, 1 + 40 * i, ends).again_ = &batcher;
    batcher.Add(requests.back());
  }
  std::list<RecordingSink> others;
  for (int i = 0; i < 64; ++i) {
    const auto process = i % 2 == 0 ? SampleProcess::kComposed : SampleProcess::kTopLayer;
    ChainStreamSpec spec = SmallSpec(servable_, 1 + i % 7, i, process, i % 3 == 0 ? 2 : 0);
    spec.thinning = 1 + i % 5;
    RecordingSink& sink = others.emplace_back(spec.states.rows(), 10);
    sink.on_end = [&] { ends.Add(); };
    scheduler.Add(scheduler.Prepare(std::move(spec), sink));
  }
  RecordingSink sink(kChains, kDraws);
  sink.on_end = [&] { ends.Add(); };
  scheduler.Add(scheduler.Prepare(Wanted(servable_, process_, rank_), sink));
  ends.WaitFor(65);
  for (EncodeRequest& request : requests) request.quit = true;
  ends.WaitFor(69);
  executor.Stop();
  ASSERT_EQ(sink.draws.size(), alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    ASSERT_THAT(sink.draws[i], HasBitsOf(alone[i])) << "draw " << i;
  }
}

TEST_P(EngineBitsTest, DrawsAreTheSameInShards) {
  const std::vector<Matrix> alone = Alone();
  const ChainStreamSpec whole = Wanted(servable_, process_, rank_);
  for (const auto& [first, count] : {std::pair<Index, Index>(0, 20), {20, 17}}) {
    ChainStreamSpec shard = whole;
    shard.first_chain += first;
    shard.states = whole.states.middleRows(first, count);
    const auto sink = Draws(threads_, std::move(shard), kDraws);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      ASSERT_THAT(sink->draws[i], HasBitsOf(Matrix(alone[i].middleRows(first, count))));
    }
  }
}

TEST_P(EngineBitsTest, DrawsAreTheSameAfterManyBreaksAtRandomSteps) {
  const std::vector<Matrix> alone = Alone();
  std::vector<Matrix> draws;
  ChainStreamSpec spec = Wanted(servable_, process_, rank_);
  std::minstd_rand random(7);
  while (draws.size() < alone.size()) {
    Executor executor(Threads(threads_));
    ChainScheduler scheduler(executor);
    Ends ends;
    RecordingSink sink(kChains, kDraws);
    sink.first_draw = spec.draws_done;
    sink.on_end = [&] { ends.Add(); };
    const auto stream = scheduler.Prepare(spec, sink);
    // Where this falls among the steps is up to the threads: that is the point.
    sink.after_draw = [&, left = random() % 4](const ChainStreamState& state) mutable {
      if (left-- == 0) scheduler.Conclude(*stream);
      return state.draws_done == kDraws ? AfterDraw::kEnd : AfterDraw::kContinue;
    };
    scheduler.Add(stream);
    if (random() % 3 == 0) scheduler.Conclude(*stream);
    ends.WaitFor(1);
    executor.Stop();
    ASSERT_THAT(sink.ended_with, IsOk());
    draws.insert(draws.end(), sink.draws.begin(), sink.draws.end());
    spec.states = sink.states;
    spec.steps_done = sink.steps_done;
    spec.draws_done = sink.draws_done;
  }
  for (std::size_t i = 0; i < alone.size(); ++i) {
    ASSERT_THAT(draws[i], HasBitsOf(alone[i])) << "draw " << i;
  }
}

/// Streams and requests come, are cancelled, parked, resumed and concluded from many threads, and
/// the engine stops in the midst of it.
TEST(EngineStressTest, EverythingEndsExactlyOnceWhateverHappensToIt) {
  constexpr int kThreads = 4;
  constexpr int kEach = 30;
  const ServableHandle servable = testing::SmallServable();
  for (int round = 0; round < 4; ++round) {
    Executor executor(Threads(3));
    ChainScheduler scheduler(executor);
    RowBatcher batcher(executor);
    Ends ends;
    Mutex mutex;
    std::list<RecordingSink> sinks;
    std::list<EncodeRequest> requests;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        std::minstd_rand random(static_cast<unsigned>(1 + t + 10 * round));
        for (int i = 0; i < kEach; ++i) {
          RecordingSink* sink = nullptr;
          EncodeRequest* request = nullptr;
          {
            MutexLock lock(mutex);
            sink = &sinks.emplace_back(1 + (i * 7) % 40, 1 + i % 9);
            request = &requests.emplace_back(servable, 1 + (i * 13) % 90, ends);
          }
          const std::int64_t wanted = 1 + i % 9;
          sink->on_end = [&ends] { ends.Add(); };
          sink->after_draw = [wanted](const ChainStreamState& state) {
            if (state.draws_done >= wanted) return AfterDraw::kEnd;
            return state.draws_done % 3 == 1 ? AfterDraw::kPark : AfterDraw::kContinue;
          };
          ChainStreamSpec spec = SmallSpec(servable, 1 + (i * 7) % 40, i);
          spec.thinning = 1 + i % 4;
          const auto stream = scheduler.Prepare(std::move(spec), *sink);
          scheduler.Add(stream);
          batcher.Add(*request);
          for (unsigned turn = 0; turn < 40 && !sink->ended(); ++turn) {
            switch (random() % 8) {
              case 0:
                if (turn > 20) sink->cancelled = true;
                break;
              case 1:
                if (turn > 20) scheduler.Conclude(*stream);
                break;
              case 2:
                request->cancelled = true;
                break;
              default:
                scheduler.Resume(*stream);
            }
            std::this_thread::yield();
          }
        }
      });
    }
    if (round % 2 == 0) {
      ends.WaitFor(kThreads * kEach);
      if (round == 2) scheduler.ConcludeAll();
      executor.Stop();
    }
    for (std::thread& thread : threads) thread.join();
    executor.Stop();
    batcher.Stop();
    scheduler.Stop();
    EXPECT_EQ(ends.count(), 2 * kThreads * kEach);
    for (const EncodeRequest& request : requests) EXPECT_EQ(request.finished, 1);
  }
}

}  // namespace
}  // namespace cae
