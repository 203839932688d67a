#include "core/base/thread_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace cae {

ThreadPool::ThreadPool(int threads, std::function<void()> on_start) {
  CAE_CHECK(threads >= 1, absl::StrCat("a pool of ", threads, " threads"));
  for (int i = 1; i < threads; ++i) {
    workers_.emplace_back([this, on_start] {
      if (on_start) on_start();
      WorkerLoop();
    });
  }
}

ThreadPool::~ThreadPool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    work_ready_.NotifyAll();
  }
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::ParallelFor(int pieces, const std::function<void(int)>& work) {
  if (pieces <= 0) return;
  MutexLock lock(mutex_);
  CAE_CHECK(work_ == nullptr, "ParallelFor called while a job runs");
  work_ = &work;
  next_ = 0;
  pieces_ = pieces;
  unfinished_ = pieces;
  if (pieces > 1) work_ready_.NotifyAll();
  RunPieces();
  while (unfinished_ > 0) work_done_.Wait(mutex_);
  work_ = nullptr;
}

void ThreadPool::RunPieces() {
  while (work_ != nullptr && next_ < pieces_) {
    const int piece = next_++;
    const std::function<void(int)>& work = *work_;
    mutex_.Unlock();
    work(piece);
    mutex_.Lock();
    if (--unfinished_ == 0) work_done_.NotifyAll();
  }
}

void ThreadPool::WorkerLoop() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    RunPieces();
    if (!stopping_ && (work_ == nullptr || next_ >= pieces_)) work_ready_.Wait(mutex_);
  }
}

}  // namespace cae
