#include "core/serving/executor.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace cae {
namespace {

constexpr std::size_t Slot(Job::Kind kind) { return static_cast<std::size_t>(kind); }

int ThreadCount(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

absl::Status ShuttingDown() { return absl::UnavailableError("the server is shutting down"); }

}  // namespace

Executor::Executor(const Options& options)
    : options_(options), thread_count_(ThreadCount(options.threads)) {
  if (options.driven_by_hand) return;
  for (int i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { ThreadLoop(); });
}

Executor::~Executor() { Stop(); }

void Executor::Submit(Job job) {
  auto queued = std::make_shared<QueuedJob>();
  queued->job = std::move(job);
  queued->queued = options_.clock->Now();
  {
    MutexLock lock(mutex_);
    if (!stopping_) {
      Push(std::move(queued));
      return;
    }
  }
  queued->job.abandon(ShuttingDown());
}

void Executor::Push(JobPointer queued) {
  const Job::Kind kind = queued->job.kind;
  if (queues_[Slot(kind)].empty() && running_[Slot(kind)] == 0) shares_.Arrive(kind);
  if (!queued->job.in_backlog) ++unestimated_[Slot(kind)];
  queues_[Slot(kind)].push_back(std::move(queued));
  if (kind == Job::Kind::kUnary) ++unary_waiting_;
  job_ready_.NotifyOne();
}

Executor::JobPointer Executor::Pop(Job::Kind kind) {
  auto& queue = queues_[Slot(kind)];
  JobPointer next = std::move(queue.front());
  queue.pop_front();
  ++running_[Slot(kind)];
  if (!next->job.in_backlog) --unestimated_[Slot(kind)];
  if (kind == Job::Kind::kUnary) --unary_waiting_;
  return next;
}

ComputeShares::Waiting Executor::WaitingKinds() const {
  ComputeShares::Waiting waiting;
  std::transform(queues_.begin(), queues_.end(), waiting.begin(),
                 [](const auto& queue) { return !queue.empty(); });
  return waiting;
}

Executor::JobPointer Executor::TakeNext() {
  const auto kind = shares_.Next(WaitingKinds());
  return kind.has_value() ? Pop(*kind) : nullptr;
}

void Executor::ChangeBacklog(Job::Kind kind, absl::Duration by) {
  backlog_[Slot(kind)].fetch_add(absl::ToInt64Nanoseconds(by), std::memory_order_relaxed);
}

absl::Duration Executor::EstimatedWait(Job::Kind kind) const {
  double seconds = 1e-9 * static_cast<double>(backlog_[Slot(kind)].load(std::memory_order_relaxed));
  MutexLock lock(mutex_);
  seconds += unestimated_[Slot(kind)] * mean_slice_seconds_[Slot(kind)];
  const double share = shares_.Prospect(kind, WaitingKinds());
  return absl::Seconds(std::max(0.0, seconds) / (share * thread_count_));
}

void Executor::Stop() {
  std::array<std::deque<JobPointer>, kComputeKinds> left;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    std::swap(left, queues_);
    unestimated_ = {};
    unary_waiting_ = 0;
    job_ready_.NotifyAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  for (const auto& queue : left) {
    for (const auto& queued : queue) queued->job.abandon(ShuttingDown());
  }
}

void Executor::ThreadLoop() {
  // On Linux the nice value is the thread's own. Without permission the threads simply stay as they
  // are.
  (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + options_.nice_increment);
  Workspaces workspaces;
  while (true) {
    JobPointer next;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && (next = TakeNext()) == nullptr) job_ready_.Wait(mutex_);
      if (next == nullptr) return;
    }
    RunSlice(next, workspaces.own, &workspaces.lent);
  }
}

bool Executor::RunOne() {
  JobPointer next;
  {
    MutexLock lock(mutex_);
    next = TakeNext();
  }
  if (next == nullptr) return false;
  RunSlice(next, by_hand_.own, &by_hand_.lent);
  return true;
}

void Executor::RunSlice(const JobPointer& queued, Workspace& workspace, Workspace* lent) {
  Job& job = queued->job;
  Lease lease{job.kind, options_.clock->Now(), absl::ZeroDuration()};
  if (lease.charged > job.deadline) {
    (void)EndSlice(queued, Job::Slice::kDone, lease, lease.charged);
    job.abandon(absl::DeadlineExceededError("the deadline passed before the work was started"));
    return;
  }
  const bool observed = options_.observer != nullptr && !job.operation.empty();
  if (!queued->started && observed) {
    options_.observer->OnJobStarted(job.operation, lease.charged - queued->queued);
  }
  queued->started = true;
  const auto yield = [this, &lease, lent] {
    if (lent != nullptr) LendThread(lease, *lent);
    return absl::OkStatus();
  };
  const Job::Slice slice = job.run(workspace, yield);
  const absl::Time end = options_.clock->Now();
  if (observed) {
    options_.observer->OnJobSlice(job.operation, lease.took + (end - lease.charged));
  }
  if (!EndSlice(queued, slice, lease, end)) job.abandon(ShuttingDown());
}

void Executor::Charge(Lease& lease, absl::Time now) {
  const absl::Duration took = now - lease.charged;
  shares_.Charge(lease.kind, took);
  lease.took += took;
  lease.charged = now;
}

void Executor::LendThread(Lease& lease, Workspace& lent) {
  // Nearly always; and then a product costs no lock.
  while (unary_waits()) {
    JobPointer next;
    {
      const absl::Time now = options_.clock->Now();
      MutexLock lock(mutex_);
      Charge(lease, now);
      if (queues_[Slot(Job::Kind::kUnary)].empty() || !shares_.YieldsToUnary(lease.kind)) return;
      next = Pop(Job::Kind::kUnary);
    }
    RunSlice(next, lent, nullptr);
    lease.charged = options_.clock->Now();
  }
}

bool Executor::EndSlice(const JobPointer& queued, Job::Slice slice, Lease& lease, absl::Time now) {
  MutexLock lock(mutex_);
  Charge(lease, now);
  if (!queued->job.in_backlog) {
    constexpr double kNewest = 0.1;
    double& mean = mean_slice_seconds_[Slot(lease.kind)];
    mean += kNewest * (absl::ToDoubleSeconds(lease.took) - mean);
  }
  if (slice == Job::Slice::kMore && !stopping_) Push(queued);
  // After Push, so that going on is no arrival.
  --running_[Slot(lease.kind)];
  return slice == Job::Slice::kDone || !stopping_;
}

}  // namespace cae
