#include "core/base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

namespace cae {
namespace {

TEST(ThreadPoolTest, RunsEachPieceExactlyOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const int pieces : {1, 2, 3, 7, 1000}) {
      std::vector<std::atomic<int>> runs(pieces);
      pool.ParallelFor(pieces, [&runs](int piece) { ++runs[piece]; });
      for (int i = 0; i < pieces; ++i) {
        ASSERT_EQ(runs[i], 1) << "piece " << i << " of " << pieces << ", " << threads;
      }
    }
  }
}

TEST(ThreadPoolTest, NoPiecesIsNoWork) {
  ThreadPool pool(2);
  pool.ParallelFor(0, [](int) { FAIL(); });
  pool.ParallelFor(-1, [](int) { FAIL(); });
}

TEST(ThreadPoolTest, PoolOfOneWorksOnTheCallersThreadInOrder) {
  ThreadPool pool(1, [] { FAIL() << "a pool of one makes no threads"; });
  std::vector<int> order;
  std::set<std::thread::id> ids;
  pool.ParallelFor(5, [&](int piece) {
    order.push_back(piece);
    ids.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(ids, std::set<std::thread::id>{std::this_thread::get_id()});
}

// A piece that waits for another one to begin can only end when two threads work at once.
TEST(ThreadPoolTest, PiecesRunAtTheSameTime) {
  constexpr int kThreads = 3;
  ThreadPool pool(kThreads);
  Mutex mutex;
  CondVar changed;
  int begun = 0;
  pool.ParallelFor(kThreads, [&](int) {
    MutexLock lock(mutex);
    ++begun;
    changed.NotifyAll();
    while (begun < kThreads) changed.Wait(mutex);
  });
  EXPECT_EQ(begun, kThreads);
}

TEST(ThreadPoolTest, OnStartRunsFirstOnEachThreadThatThePoolMakes) {
  static thread_local bool started = false;
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> starts = 0, unprepared = 0;
  {
    ThreadPool pool(4, [&starts] {
      started = true;
      ++starts;
    });
    for (int job = 0; job < 50; ++job) {
      pool.ParallelFor(16, [&](int) {
        if (!started && std::this_thread::get_id() != caller) ++unprepared;
      });
    }
  }
  EXPECT_EQ(starts, 3);
  EXPECT_EQ(unprepared, 0);
  EXPECT_FALSE(started) << "the caller's own thread is not the pool's to prepare";
}

TEST(ThreadPoolTest, AnIdlePoolCanBeDestroyedAtOnce) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(4);
}

// The stress test, meant for ThreadSanitizer: no lock protects `data`. What the pieces of one job
// write, the caller and the pieces of the next read; only the pool's fork and join order them.
TEST(ThreadPoolTest, ManyJobsInARowSeeEachOthersResults) {
  constexpr int kJobs = 3'000, kPieces = 7;
  ThreadPool pool(4);
  std::vector<std::int64_t> data(kPieces, 1), previous(kPieces);
  for (int job = 0; job < kJobs; ++job) {
    previous = data;
    pool.ParallelFor(kPieces, [&](int piece) {
      data[piece] = (previous[piece] + 3 * previous[(piece + 1) % kPieces]) % 1'000'003;
    });
    for (int i = 0; i < kPieces; ++i) {
      ASSERT_EQ(data[i], (previous[i] + 3 * previous[(i + 1) % kPieces]) % 1'000'003) << job;
    }
  }
}

TEST(ThreadPoolTest, PoolsOfDifferentOwnersDoNotDisturbEachOther) {
  constexpr int kOwners = 3, kJobs = 300, kPieces = 5;
  std::vector<std::thread> owners;
  std::vector<std::vector<int>> runs(kOwners, std::vector<int>(kPieces));
  for (int o = 0; o < kOwners; ++o) {
    owners.emplace_back([&mine = runs[o]] {
      ThreadPool pool(2);
      for (int job = 0; job < kJobs; ++job) {
        pool.ParallelFor(kPieces, [&mine](int piece) { ++mine[piece]; });
      }
    });
  }
  for (std::thread& owner : owners) owner.join();
  for (const auto& mine : runs) EXPECT_EQ(mine, std::vector<int>(kPieces, kJobs));
}

TEST(ThreadPoolDeathTest, PoolOfNoThreadsStopsTheProcess) {
  EXPECT_DEATH(ThreadPool(0), "a pool of 0 threads");
}

TEST(ThreadPoolDeathTest, JobWithinAJobStopsTheProcess) {
  EXPECT_DEATH(
      {
        ThreadPool pool(1);
        pool.ParallelFor(1, [&pool](int) { pool.ParallelFor(1, [](int) {}); });
      },
      "ParallelFor called while a job runs");
}

}  // namespace
}  // namespace cae
