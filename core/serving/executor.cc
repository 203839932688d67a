#include "core/serving/executor.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "core/base/time_slice.h"

namespace cae {
namespace {

/// Of compute threads. Long beside that of the threads of the network, if the program has set it.
constexpr absl::Duration kTimeSlice = absl::Milliseconds(3);

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

bool Executor::unary_is_likely() const {
  const absl::Time last = absl::FromUnixNanos(last_unary_.load(std::memory_order_relaxed));
  return unary_waits() || options_.clock->Now() - last < kUnaryMemory;
}

void Executor::Submit(Job job) {
  Jobs one;
  one.push_back({std::move(job), options_.clock->Now()});
  bool stopping = false;
  {
    MutexLock lock(mutex_);
    stopping = stopping_;
    if (!stopping) Push(one);
  }
  if (stopping) return one.front().job.abandon(ShuttingDown());
  job_ready_.NotifyOne();  // not under the lock, at which the thread would stop again
}

void Executor::SetAlarm(const void* owner, absl::Time when, Job job) {
  Jobs one;
  one.push_back({std::move(job), when});
  MutexLock lock(mutex_);
  if (stopping_) return;
  const auto set = std::find_if(alarms_.begin(), alarms_.end(),
                                [owner](const Alarm& alarm) { return alarm.owner == owner; });
  if (set == alarms_.end()) {
    alarms_.push_back({owner, when, std::move(one)});
  } else if (when < set->when) {
    *set = {owner, when, std::move(one)};
  }
  if (when >= next_alarm_) return;
  next_alarm_ = when;
  job_ready_.NotifyAll();  // so that whoever is idle waits no longer than that
}

void Executor::RingAlarms() {
  if (next_alarm_ == absl::InfiniteFuture()) return;
  const absl::Time now = options_.clock->Now();
  if (now < next_alarm_) return;
  next_alarm_ = absl::InfiniteFuture();
  for (Alarm& alarm : alarms_) {
    if (now < alarm.when) {
      next_alarm_ = std::min(next_alarm_, alarm.when);
    } else {
      Push(alarm.job);
      job_ready_.NotifyOne();
    }
  }
  std::erase_if(alarms_, [](const Alarm& alarm) { return alarm.job.empty(); });
}

void Executor::Push(Jobs& one) {
  const Job& job = one.front().job;
  const Job::Kind kind = job.kind;
  if (queues_[Slot(kind)].empty() && running_[Slot(kind)] == 0) shares_.Arrive(kind);
  if (!job.in_backlog) ++unestimated_[Slot(kind)];
  Jobs& queue = queues_[Slot(kind)];
  queue.splice(queue.end(), one);
  ++waiting_[Slot(kind)];
  if (kind == Job::Kind::kUnary) {
    last_unary_.store(absl::ToUnixNanos(queue.back().queued), std::memory_order_relaxed);
  }
}

Executor::Jobs Executor::Pop(Job::Kind kind) {
  Jobs& queue = queues_[Slot(kind)];
  Jobs one;
  one.splice(one.begin(), queue, queue.begin());
  ++running_[Slot(kind)];
  if (!one.front().job.in_backlog) --unestimated_[Slot(kind)];
  --waiting_[Slot(kind)];
  return one;
}

ComputeShares::Waiting Executor::WaitingKinds() const {
  ComputeShares::Waiting waiting;
  std::transform(queues_.begin(), queues_.end(), waiting.begin(),
                 [](const auto& queue) { return !queue.empty(); });
  return waiting;
}

Executor::Jobs Executor::TakeNext() {
  RingAlarms();
  const auto kind = shares_.Next(WaitingKinds());
  return kind.has_value() ? Pop(*kind) : Jobs();
}

void Executor::AwaitJob() {
  if (next_alarm_ == absl::InfiniteFuture()) return job_ready_.Wait(mutex_);
  // An end of the sum that cannot be passed, in case the clock is not the machine's.
  const absl::Duration left = std::min(next_alarm_ - options_.clock->Now(), absl::Hours(1));
  job_ready_.WaitFor(mutex_, absl::ToChronoNanoseconds(left));
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
  std::array<Jobs, kComputeKinds> left;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    std::swap(left, queues_);
    alarms_.clear();
    next_alarm_ = absl::InfiniteFuture();
    unestimated_ = {};
    for (std::atomic<int>& waiting : waiting_) waiting = 0;
    job_ready_.NotifyAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  for (const auto& queue : left) {
    for (const QueuedJob& queued : queue) queued.job.abandon(ShuttingDown());
  }
}

void Executor::ThreadLoop() {
  // On Linux the nice value is the thread's own. Without permission the threads simply stay as they
  // are.
  (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + options_.nice_increment);
  SetTimeSlice(kTimeSlice);
  Workspaces workspaces;
  while (true) {
    Jobs next;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && (next = TakeNext()).empty()) AwaitJob();
      if (next.empty()) return;
    }
    RunSlice(std::move(next), workspaces, 0);
  }
}

bool Executor::RunOne() {
  Jobs next;
  {
    MutexLock lock(mutex_);
    next = TakeNext();
  }
  if (next.empty()) return false;
  RunSlice(std::move(next), by_hand_, 0);
  return true;
}

void Executor::RunSlice(Jobs one, Workspaces& workspaces, std::size_t depth) {
  QueuedJob& queued = one.front();
  Job& job = queued.job;
  Lease lease{job.kind, depth, options_.clock->Now(), absl::ZeroDuration()};
  if (lease.charged > job.deadline) {
    (void)EndSlice(one, Job::Slice::kDone, lease, lease.charged);
    job.abandon(absl::DeadlineExceededError("the deadline passed before the work was started"));
    return;
  }
  const bool observed = options_.observer != nullptr && !job.operation.empty();
  if (!queued.started && observed) {
    options_.observer->OnJobStarted(job.operation, lease.charged - queued.queued);
  }
  queued.started = true;
  const auto yield = [this, &lease, &workspaces] {
    if (lease.depth + 1 < workspaces.size()) LendThread(lease, workspaces);
    return absl::OkStatus();
  };
  const Job::Slice slice = job.run(workspaces[depth], yield);
  const absl::Time end = options_.clock->Now();
  if (observed) {
    options_.observer->OnJobSlice(job.operation, lease.took + (end - lease.charged));
  }
  // From here on the job, if it goes on, may be another thread's.
  if (!EndSlice(one, slice, lease, end)) job.abandon(ShuttingDown());
}

void Executor::Charge(Lease& lease, absl::Time now) {
  const absl::Duration took = now - lease.charged;
  shares_.Charge(lease.kind, took);
  lease.took += took;
  lease.charged = now;
}

void Executor::LendThread(Lease& lease, Workspaces& workspaces) {
  // Nearly never; and then a product costs no lock.
  while (Waits(Job::Kind::kUnary) ||
         (lease.kind == Job::Kind::kHeavy && Waits(Job::Kind::kChains))) {
    Jobs next;
    {
      const absl::Time now = options_.clock->Now();
      MutexLock lock(mutex_);
      Charge(lease, now);
      const auto kind = shares_.YieldsTo(lease.kind, WaitingKinds());
      if (!kind.has_value()) return;
      next = Pop(*kind);
    }
    RunSlice(std::move(next), workspaces, lease.depth + 1);
    const absl::Time now = options_.clock->Now();
    workspaces[lease.depth].lent_nanoseconds += absl::ToInt64Nanoseconds(now - lease.charged);
    lease.charged = now;
  }
}

bool Executor::EndSlice(Jobs& one, Job::Slice slice, Lease& lease, absl::Time now) {
  MutexLock lock(mutex_);
  Charge(lease, now);
  if (!one.front().job.in_backlog) {
    constexpr double kNewest = 0.1;
    double& mean = mean_slice_seconds_[Slot(lease.kind)];
    mean += kNewest * (absl::ToDoubleSeconds(lease.took) - mean);
  }
  if (slice == Job::Slice::kMore && !stopping_) {
    Push(one);
    // This thread takes a job next, unless it is lent and goes back to what it was at.
    if (lease.depth > 0) job_ready_.NotifyOne();
  }
  // After Push, so that going on is no arrival.
  --running_[Slot(lease.kind)];
  return slice == Job::Slice::kDone || !stopping_;
}

}  // namespace cae
