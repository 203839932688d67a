#include "core/base/mutex.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace cae {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

struct Counter {
  Mutex mutex;
  CondVar changed;
  int value ABSL_GUARDED_BY(mutex) = 0;

  void Add(int amount) {
    MutexLock lock(mutex);
    value += amount;
    changed.NotifyAll();
  }
};

TEST(MutexTest, LetsOneThreadInAtATime) {
  constexpr int kThreads = 4, kRounds = 10'000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&counter] {
      for (int i = 0; i < kRounds; ++i) counter.Add(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(counter.mutex);
  EXPECT_EQ(counter.value, kThreads * kRounds);
}

TEST(CondVarTest, WaitReturnsAfterTheConditionWasMadeTrueElsewhere) {
  Counter counter;
  std::thread other([&counter] { counter.Add(1); });
  {
    MutexLock lock(counter.mutex);
    while (counter.value == 0) counter.changed.Wait(counter.mutex);
    EXPECT_EQ(counter.value, 1);
  }
  other.join();
}

// Two threads hand a token to and fro; either would wait for ever were a wake-up lost.
TEST(CondVarTest, NoWakeUpIsLost) {
  constexpr int kRounds = 2'000;
  Counter counter;
  const auto play = [&counter](int parity) {
    for (int i = 0; i < kRounds; ++i) {
      MutexLock lock(counter.mutex);
      while (counter.value % 2 != parity) counter.changed.Wait(counter.mutex);
      ++counter.value;
      counter.changed.NotifyOne();
    }
  };
  std::thread other([&play] { play(1); });
  play(0);
  other.join();
  MutexLock lock(counter.mutex);
  EXPECT_EQ(counter.value, 2 * kRounds);
}

TEST(CondVarTest, NotifyAllWakesEveryWaiter) {
  constexpr int kWaiters = 3;
  Counter go, waiting, done;
  std::vector<std::thread> threads;
  for (int t = 0; t < kWaiters; ++t) {
    threads.emplace_back([&] {
      {
        MutexLock lock(go.mutex);
        waiting.Add(1);
        while (go.value == 0) go.changed.Wait(go.mutex);
      }
      done.Add(1);
    });
  }
  {
    MutexLock lock(waiting.mutex);
    while (waiting.value < kWaiters) waiting.changed.Wait(waiting.mutex);
  }
  go.Add(1);
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(done.mutex);
  EXPECT_EQ(done.value, kWaiters);
}

TEST(CondVarTest, WaitForGivesUpWhenNobodyNotifies) {
  Counter counter;
  const auto start = std::chrono::steady_clock::now();
  MutexLock lock(counter.mutex);
  // A wake-up for no reason is allowed, so "until the time ran out" is a loop.
  while (counter.changed.WaitFor(counter.mutex, milliseconds(5))) {
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(4));
}

TEST(CondVarTest, WaitForReturnsTrueWhenNotifiedInTime) {
  Counter counter;
  std::thread other([&counter] { counter.Add(1); });
  bool in_time = true;
  {
    MutexLock lock(counter.mutex);
    while (counter.value == 0 && in_time) {
      in_time = counter.changed.WaitFor(counter.mutex, minutes(1));
    }
  }
  other.join();
  EXPECT_TRUE(in_time);
}

TEST(CondVarTest, WaitForHoldsTheLockAgainWhenItReturns) {
  Counter counter;
  std::thread other;
  {
    MutexLock lock(counter.mutex);
    counter.changed.WaitFor(counter.mutex, milliseconds(1));
    other = std::thread([&counter] { counter.Add(1); });
    EXPECT_EQ(counter.value, 0);  // a race, which ThreadSanitizer reports, were the lock not held
  }
  other.join();
}

}  // namespace
}  // namespace cae
