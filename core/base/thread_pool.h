// ThreadPool: runs a numbered set of pieces of work on a fixed set of threads.
#ifndef CAE_CORE_BASE_THREAD_POOL_H_
#define CAE_CORE_BASE_THREAD_POOL_H_

#include <functional>
#include <thread>
#include <vector>

#include "core/base/mutex.h"

namespace cae {

/// A fixed team of threads that share out the pieces of one job at a time (fork and join).
///
/// The pieces are numbered, each is run exactly once, and which thread runs it is open; work whose
/// result must not depend on the number of threads cuts itself into pieces without looking at that
/// number.
///
/// Thread-compatible: one owner calls ParallelFor. The owner's thread works too, so a pool of one
/// has no threads at all.
class ThreadPool {
 public:
  /// `threads` ≥ 1 counts the caller of ParallelFor. `on_start` runs first on each thread that the
  /// pool makes.
  explicit ThreadPool(int threads, std::function<void()> on_start = {});
  /// Joins the threads.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls work(0) ... work(pieces − 1) and returns when all have returned. `work` must not call
  /// ParallelFor.
  void ParallelFor(int pieces, const std::function<void(int)>& work);

 private:
  void WorkerLoop();
  /// Takes pieces of the current job until none is left.
  void RunPieces() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  CondVar work_ready_;
  CondVar work_done_;
  const std::function<void(int)>* work_ ABSL_GUARDED_BY(mutex_) = nullptr;
  int next_ ABSL_GUARDED_BY(mutex_) = 0;        ///< first piece that nobody has taken
  int pieces_ ABSL_GUARDED_BY(mutex_) = 0;      ///< pieces of the current job
  int unfinished_ ABSL_GUARDED_BY(mutex_) = 0;  ///< pieces that have not returned
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> workers_;
};

}  // namespace cae

#endif  // CAE_CORE_BASE_THREAD_POOL_H_
