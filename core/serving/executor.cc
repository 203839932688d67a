#include "core/serving/executor.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace cae {
namespace {

constexpr int Slot(Job::Kind kind) { return static_cast<int>(kind); }

int ThreadCount(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

Executor::Executor(const Options& options) : options_(options) {
  for (int i = 0; i < ThreadCount(options.threads); ++i) {
    threads_.emplace_back([this] { ThreadLoop(); });
  }
}

Executor::~Executor() { Stop(); }

void Executor::Submit(Job job) {
  auto queued = std::make_shared<QueuedJob>();
  queued->job = std::move(job);
  queued->queued = options_.clock->Now();
  {
    MutexLock lock(mutex_);
    if (!stopping_) {
      queues_[Slot(queued->job.kind)].push_back(std::move(queued));
      job_ready_.NotifyOne();
      return;
    }
  }
  queued->job.abandon(absl::UnavailableError("the server is shutting down"));
}

absl::Duration Executor::EstimatedWait() const {
  MutexLock lock(mutex_);
  const double waiting = static_cast<double>(queues_[Slot(Job::Kind::kUnary)].size());
  return absl::Seconds(waiting * mean_slice_seconds_ / static_cast<double>(threads_.size()));
}

void Executor::Stop() {
  std::array<std::deque<std::shared_ptr<QueuedJob>>, kKinds> left;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    std::swap(left, queues_);
    job_ready_.NotifyAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  for (const auto& queue : left) {
    for (const auto& queued : queue) {
      queued->job.abandon(absl::UnavailableError("the server is shutting down"));
    }
  }
}

bool Executor::IsIdle() const {
  return std::all_of(queues_.begin(), queues_.end(), [](const auto& q) { return q.empty(); });
}

std::shared_ptr<Executor::QueuedJob> Executor::TakeNext() {
  auto& unary = queues_[Slot(Job::Kind::kUnary)];
  auto& streams = queues_[Slot(Job::Kind::kStream)];
  const bool stream_turn = turns_since_stream_ + 1 >= kStreamTurn;
  auto& queue = !streams.empty() && (unary.empty() || stream_turn) ? streams : unary;
  turns_since_stream_ = &queue == &streams ? 0 : turns_since_stream_ + 1;
  std::shared_ptr<QueuedJob> next = std::move(queue.front());
  queue.pop_front();
  return next;
}

void Executor::ThreadLoop() {
  // On Linux the nice value is the thread's own. Without permission the threads simply stay as they
  // are.
  (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + options_.nice_increment);
  Workspace workspace;
  while (true) {
    std::shared_ptr<QueuedJob> next;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && IsIdle()) job_ready_.Wait(mutex_);
      if (stopping_) return;
      next = TakeNext();
    }
    RunSlice(next, workspace);
  }
}

void Executor::RunSlice(const std::shared_ptr<QueuedJob>& queued, Workspace& workspace) {
  Job& job = queued->job;
  const absl::Time start = options_.clock->Now();
  if (start > job.deadline) {
    job.abandon(absl::DeadlineExceededError("the deadline passed before the work was started"));
    return;
  }
  if (!queued->started && options_.observer != nullptr) {
    options_.observer->OnJobStarted(job.operation, start - queued->queued);
  }
  queued->started = true;
  const Job::Slice slice = job.run(workspace);
  const absl::Duration took = options_.clock->Now() - start;
  if (options_.observer != nullptr) options_.observer->OnJobSlice(job.operation, took);
  bool abandoned = false;
  {
    MutexLock lock(mutex_);
    if (job.kind == Job::Kind::kUnary) {
      constexpr double kNewest = 0.1;
      mean_slice_seconds_ += kNewest * (absl::ToDoubleSeconds(took) - mean_slice_seconds_);
    }
    if (slice == Job::Slice::kMore) {
      abandoned = stopping_;
      if (!abandoned) {
        queues_[Slot(job.kind)].push_back(queued);
        job_ready_.NotifyOne();
      }
    }
  }
  if (abandoned) job.abandon(absl::UnavailableError("the server is shutting down"));
}

}  // namespace cae
