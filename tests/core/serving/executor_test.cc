#include "core/serving/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "core/base/mutex.h"
#include "tests/core/serving/fake_clock.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using testing::FakeClock;

class RecordingObserver final : public ServingObserver {
 public:
  void OnJobStarted(const std::string& operation, absl::Duration waited) override {
    MutexLock lock(mutex_);
    started.push_back({operation, waited});
  }
  void OnJobSlice(const std::string& operation, absl::Duration took) override {
    MutexLock lock(mutex_);
    slices.push_back({operation, took});
  }
  using Event = std::pair<std::string, absl::Duration>;
  Mutex mutex_;
  std::vector<Event> started;  ///< to be read when the executor has stopped
  std::vector<Event> slices;
};

class ExecutorTest : public ::testing::Test {
 protected:
  Executor::Options OneThread() {
    Executor::Options options;
    options.threads = 1;
    options.nice_increment = 0;
    options.clock = &clock_;
    options.observer = &observer_;
    return options;
  }

  /// Keeps the one thread busy until `release` is set, so that a queue can be filled behind it.
  static Job Blocker(std::promise<void>& started, std::shared_future<void> release) {
    Job job = MakeJob("blocker", [&started, release](Workspace&, YieldPoint) {
      started.set_value();
      release.wait();
      return Job::Slice::kDone;
    });
    return job;
  }
  static Job MakeJob(const std::string& operation,
                     std::function<Job::Slice(Workspace&, YieldPoint)> run,
                     Job::Kind kind = Job::Kind::kUnary) {
    Job job;
    job.operation = operation;
    job.kind = kind;
    job.run = std::move(run);
    job.abandon = [](const absl::Status& status) { ADD_FAILURE() << status; };
    return job;
  }

  /// Runs `fill` while the one thread of the executor is busy, then lets it go and waits until the
  /// last of the jobs is done. The jobs write their names into order_.
  void RunBehindABlocker(Executor& executor, int jobs, const std::function<void()>& fill) {
    std::promise<void> started;
    std::promise<void> release;
    left_ = jobs;
    executor.Submit(Blocker(started, release.get_future().share()));
    started.get_future().wait();
    fill();
    release.set_value();
    all_done_.get_future().wait();
    executor.Stop();
  }
  /// A job that writes its name `slices` times.
  Job Named(const std::string& name, Job::Kind kind, int slices = 1) {
    return MakeJob(
        name,
        [this, name, left = std::make_shared<int>(slices)](Workspace&, YieldPoint) {
          order_.push_back(name);
          if (--*left > 0) return Job::Slice::kMore;
          if (--left_ == 0) all_done_.set_value();
          return Job::Slice::kDone;
        },
        kind);
  }

  FakeClock clock_;
  RecordingObserver observer_;
  std::vector<std::string> order_;  ///< written by the one compute thread
  std::atomic<int> left_ = 0;
  std::promise<void> all_done_;
};

TEST_F(ExecutorTest, RunsUnaryJobsInTheOrderInWhichTheyCame) {
  Executor executor(OneThread());
  RunBehindABlocker(executor, 3, [&] {
    for (const char* name : {"a", "b", "c"}) executor.Submit(Named(name, Job::Kind::kUnary));
  });
  EXPECT_THAT(order_, ElementsAre("a", "b", "c"));
}

TEST_F(ExecutorTest, JobsOfAKindTakeTurnsSliceBySlice) {
  Executor executor(OneThread());
  RunBehindABlocker(executor, 2, [&] {
    executor.Submit(Named("A", Job::Kind::kChains, 3));
    executor.Submit(Named("B", Job::Kind::kChains, 2));
  });
  EXPECT_THAT(order_, ElementsAre("A", "B", "A", "B", "A"));
}

TEST_F(ExecutorTest, AbandonsAJobWhoseDeadlinePassedWhileItWaited) {
  Executor executor(OneThread());
  std::promise<void> started;
  std::promise<void> release;
  std::promise<absl::Status> abandoned;
  executor.Submit(Blocker(started, release.get_future().share()));
  started.get_future().wait();
  Job job = MakeJob("late", [](Workspace&, YieldPoint) {
    ADD_FAILURE() << "it ran all the same";
    return Job::Slice::kDone;
  });
  job.deadline = clock_.Now() + absl::Seconds(1);
  job.abandon = [&](const absl::Status& status) { abandoned.set_value(status); };
  executor.Submit(std::move(job));
  clock_.Advance(absl::Seconds(2));
  release.set_value();
  EXPECT_EQ(abandoned.get_future().get().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ExecutorTest, AbandonsALongJobBetweenSlicesOnceItsDeadlinePasses) {
  Executor executor(OneThread());
  std::promise<absl::Status> abandoned;
  Job job = MakeJob("long", [&](Workspace&, YieldPoint) {
    clock_.Advance(absl::Seconds(1));
    return Job::Slice::kMore;
  });
  job.deadline = clock_.Now() + absl::Milliseconds(2500);
  job.abandon = [&](const absl::Status& status) { abandoned.set_value(status); };
  executor.Submit(std::move(job));
  EXPECT_EQ(abandoned.get_future().get().code(), absl::StatusCode::kDeadlineExceeded);
  executor.Stop();
  EXPECT_EQ(observer_.slices.size(), 3u);
}

TEST_F(ExecutorTest, StopAbandonsWhatWaitsAndLetsTheRunningSliceEnd) {
  Executor executor(OneThread());
  std::promise<void> started;
  std::promise<void> release;
  std::vector<absl::StatusCode> codes;
  bool slice_ended = false;
  Job running = MakeJob("running", [&](Workspace&, YieldPoint) {
    started.set_value();
    release.get_future().wait();
    slice_ended = true;
    return Job::Slice::kMore;
  });
  const auto abandon = [&codes](const absl::Status& status) { codes.push_back(status.code()); };
  running.abandon = abandon;
  executor.Submit(std::move(running));
  started.get_future().wait();
  Job waiting = MakeJob("waiting", [](Workspace&, YieldPoint) {
    ADD_FAILURE() << "it ran all the same";
    return Job::Slice::kDone;
  });
  waiting.abandon = abandon;
  executor.Submit(std::move(waiting));
  // Lets the slice end only when the executor takes nothing more: then Stop() has begun.
  std::atomic<bool> stopping = false;
  std::thread releaser([&] {
    while (!stopping) {
      Job probe = MakeJob("probe", [](Workspace&, YieldPoint) { return Job::Slice::kDone; });
      probe.abandon = [&stopping](const absl::Status&) { stopping = true; };
      executor.Submit(std::move(probe));
      std::this_thread::yield();
    }
    release.set_value();
  });
  executor.Stop();
  releaser.join();
  EXPECT_TRUE(slice_ended);
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kUnavailable, absl::StatusCode::kUnavailable));
}

TEST_F(ExecutorTest, AbandonsWhatComesAfterStopOnTheCallingThread) {
  Executor executor(OneThread());
  executor.Stop();
  std::thread::id where;
  Job job = MakeJob("late", nullptr);
  job.abandon = [&](const absl::Status& status) {
    where = std::this_thread::get_id();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  };
  executor.Submit(std::move(job));
  EXPECT_EQ(where, std::this_thread::get_id());
  executor.Stop();  // again does nothing
}

TEST_F(ExecutorTest, AJobMaySubmitAnotherOne) {
  Executor executor(OneThread());
  std::promise<void> done;
  executor.Submit(MakeJob("first", [&](Workspace&, YieldPoint) {
    executor.Submit(MakeJob("second", [&](Workspace&, YieldPoint) {
      done.set_value();
      return Job::Slice::kDone;
    }));
    return Job::Slice::kDone;
  }));
  done.get_future().wait();
}

TEST_F(ExecutorTest, TellsHowLongJobsWaitedAndEverySliceTook) {
  Executor executor(OneThread());
  std::promise<void> started;
  std::promise<void> release;
  std::promise<void> done;
  executor.Submit(Blocker(started, release.get_future().share()));
  started.get_future().wait();
  executor.Submit(MakeJob("work", [&, slices = 0](Workspace&, YieldPoint) mutable {
    clock_.Advance(absl::Seconds(++slices));
    if (slices < 2) return Job::Slice::kMore;
    done.set_value();
    return Job::Slice::kDone;
  }));
  clock_.Advance(absl::Seconds(5));
  release.set_value();
  done.get_future().wait();
  executor.Stop();
  using Event = RecordingObserver::Event;
  EXPECT_THAT(observer_.started,
              ElementsAre(Event("blocker", absl::ZeroDuration()), Event("work", absl::Seconds(5))));
  EXPECT_THAT(observer_.slices,
              ElementsAre(Event("blocker", absl::Seconds(5)), Event("work", absl::Seconds(1)),
                          Event("work", absl::Seconds(2))));
}

TEST_F(ExecutorTest, EstimatesTheWaitFromTheQueueAndRecentSlices) {
  Executor executor(OneThread());
  EXPECT_EQ(executor.EstimatedWait(), absl::ZeroDuration());
  std::promise<void> warm;
  for (int i = 0; i < 200; ++i) {
    executor.Submit(MakeJob("work", [&, i](Workspace&, YieldPoint) {
      clock_.Advance(absl::Seconds(1));
      if (i == 199) warm.set_value();
      return Job::Slice::kDone;
    }));
  }
  warm.get_future().wait();
  std::promise<void> started;
  std::promise<void> release;
  executor.Submit(Blocker(started, release.get_future().share()));
  started.get_future().wait();
  EXPECT_EQ(executor.EstimatedWait(), absl::ZeroDuration()) << "nobody waits";
  left_ = 10;
  for (int i = 0; i < 10; ++i) executor.Submit(Named("waiting", Job::Kind::kUnary));
  EXPECT_NEAR(absl::ToDoubleSeconds(executor.EstimatedWait()), 10, 0.01);
  release.set_value();
  all_done_.get_future().wait();
}

TEST_F(ExecutorTest, UsesAsManyThreadsAsItIsTold) {
  Executor::Options options = OneThread();
  options.threads = 3;
  EXPECT_EQ(Executor(options).threads(), 3);
  options.threads = 0;
  EXPECT_GE(Executor(options).threads(), 1);
}

TEST_F(ExecutorTest, AnAlarmRunsItsJobWhenTheClockHasComeToItsTime) {
  Executor::Options options = OneThread();
  options.driven_by_hand = true;
  Executor executor(options);
  const absl::Time start = clock_.Now();
  std::vector<std::string> rung;
  const auto set = [&](const void* owner, absl::Duration after, const std::string& name) {
    executor.SetAlarm(owner, start + after, MakeJob(name, [&rung, name](Workspace&, YieldPoint) {
                        rung.push_back(name);
                        return Job::Slice::kDone;
                      }));
  };
  const int a = 0;
  const int b = 0;
  set(&a, absl::Seconds(2), "replaced");
  set(&a, absl::Seconds(1), "first");
  set(&a, absl::Seconds(5), "too late");
  set(&b, absl::Seconds(3), "other");
  EXPECT_FALSE(executor.RunOne());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(executor.RunOne());
  EXPECT_FALSE(executor.RunOne());
  clock_.Advance(absl::Seconds(9));
  set(&a, absl::Seconds(10), "again");
  while (executor.RunOne()) {
  }
  EXPECT_THAT(rung, ElementsAre("first", "other", "again"));
  set(&a, absl::Seconds(10), "dropped");
}

TEST_F(ExecutorTest, AnAlarmWakesAnIdleThread) {
  Executor::Options options = OneThread();
  options.clock = &Clock::System();
  options.threads = 2;
  Executor executor(options);
  std::promise<void> rung;
  executor.SetAlarm(this, options.clock->Now() + absl::Milliseconds(2),
                    MakeJob("alarm", [&rung](Workspace&, YieldPoint) {
                      rung.set_value();
                      return Job::Slice::kDone;
                    }));
  rung.get_future().wait();
}

}  // namespace
}  // namespace cae
