// Executor: the compute threads, and the queue of jobs that they work off.
#ifndef CAE_CORE_SERVING_EXECUTOR_H_
#define CAE_CORE_SERVING_EXECUTOR_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/serving/compute_shares.h"
#include "core/serving/serving_observer.h"

namespace cae {

/// Work for a compute thread, done in slices: a long job takes its turn again and again, so that
/// short ones get in between.
struct Job {
  using Kind = ComputeKind;
  enum class Slice { kDone, kMore };

  /// For metrics: "Encode". Where it is empty, the observer is told nothing: whoever submitted the
  /// job does so itself.
  std::string operation;
  Kind kind = Kind::kUnary;
  absl::Time deadline =
      absl::InfiniteFuture();  ///< once passed, the job is abandoned instead of started
  /// Its work is told by ChangeBacklog, so that EstimatedWait need not guess it.
  bool in_backlog = false;
  /// Does some of the work, a few milliseconds at best, on a compute thread. kMore puts the job
  /// back at the end of the queue. A longer slice calls the yield point between its products, where
  /// unary jobs run meanwhile, on this thread, as far as shares allow; only within a slice that is
  /// not unary itself, and with another workspace. It never returns an error.
  std::function<Slice(Workspace&, YieldPoint)> run;
  /// Called once, in place of further slices, where the job will not be run (again):
  /// DEADLINE_EXCEEDED, UNAVAILABLE.
  std::function<void(const absl::Status&)> abandon;
};

/// Runs jobs slice by slice on its threads: one a core, each with two workspaces. Which kind goes
/// next: see ComputeShares; within a kind, the job that has waited longest. Thread-safe. No lock is
/// held while a job runs or is abandoned, so both may submit further jobs.
class Executor {
 public:
  struct Options {
    int threads = 0;  ///< 0 = one a core
    /// Starts no threads: RunOne() is called instead, so that tests see each turn. threads() is
    /// what was asked for.
    bool driven_by_hand = false;
    /// Added to the threads' nice value, so that the threads of the network get a core when they
    /// need one.
    int nice_increment = 5;
    const Clock* clock = &Clock::System();
    ServingObserver* observer = nullptr;  ///< may be null; must outlive the executor
  };

  explicit Executor(const Options& options);
  /// As Stop().
  ~Executor();

  int threads() const { return thread_count_; }
  const Clock& clock() const { return *options_.clock; }
  /// Null where nobody listens.
  ServingObserver* observer() const { return options_.observer; }

  /// Queues a job; after Stop() it is abandoned at once, on the calling thread.
  void Submit(Job job);

  /// Submits the job once the clock has come to `when`; until then it costs nothing. One alarm for
  /// each `owner`: where one waits already, it stays if it is the earlier one, and is replaced
  /// without a call if not. Dropped by Stop().
  void SetAlarm(const void* owner, absl::Time when, Job job);

  /// Whether a unary job waits for a thread at the moment.
  bool unary_waits() const { return Waits(Job::Kind::kUnary); }
  /// Whether one was submitted within kUnaryMemory, so that another may come while a long slice
  /// runs: a hint to cut work smaller.
  bool unary_is_likely() const;
  static constexpr absl::Duration kUnaryMemory = absl::Milliseconds(50);

  /// Adds to (or takes from) the compute time that jobs with `in_backlog` still have before them.
  void ChangeBacklog(Job::Kind kind, absl::Duration by);

  /// How long a job of that kind that is submitted now will probably wait: the backlog and the jobs
  /// before it at the recent mean of their slices, over the threads and the share of their time
  /// that the kind can count on.
  absl::Duration EstimatedWait(Job::Kind kind = Job::Kind::kUnary) const;

  /// Runs one slice of the job whose turn it is, on the calling thread; false if none waits. For
  /// executors driven by hand.
  bool RunOne();

  /// Lets running slices end, abandons what waits with UNAVAILABLE and joins the threads. Not from
  /// a job.
  void Stop();

 private:
  struct QueuedJob {
    Job job;
    absl::Time queued;
    bool started = false;
  };
  /// Lists, so that a job on its way from and to a queue allocates nothing.
  using Jobs = std::list<QueuedJob>;
  struct Alarm {
    const void* owner;
    absl::Time when;
    Jobs job;  ///< one
  };
  /// One for the thread's own slice, one for what runs at its yield points, one for what runs at
  /// those of that: heavy work lets chains run, and these unary work.
  using Workspaces = std::array<Workspace, 3>;
  /// A slice under way.
  struct Lease {
    Job::Kind kind;
    std::size_t depth;    ///< of its workspace; above 0 its thread is lent
    absl::Time charged;   ///< its time is charged up to here
    absl::Duration took;  ///< charged so far
  };
  void ThreadLoop();
  /// Moves one job behind those of its kind.
  void Push(Jobs& one) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Jobs Pop(Job::Kind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// One job; none if none waits.
  Jobs TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Waits until there may be a job.
  void AwaitJob() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Pushes the jobs whose time has come.
  void RingAlarms() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ComputeShares::Waiting WaitingKinds() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Waits(Job::Kind kind) const {
    return waiting_[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed) > 0;
  }
  void RunSlice(Jobs one, Workspaces& workspaces, std::size_t depth);
  /// What a yield point does: slices of other kinds, as many as the shares allow.
  void LendThread(Lease& lease, Workspaces& workspaces);
  /// Charges what the lease has used since it was last charged.
  void Charge(Lease& lease, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Leaves in `one` what will not get another turn. False if it has more to do: it must be
  /// abandoned.
  bool EndSlice(Jobs& one, Job::Slice slice, Lease& lease, absl::Time now);

  const Options options_;
  const int thread_count_;
  mutable Mutex mutex_;
  CondVar job_ready_;
  std::array<Jobs, kComputeKinds> queues_ ABSL_GUARDED_BY(mutex_);
  std::vector<Alarm> alarms_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_alarm_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  ComputeShares shares_ ABSL_GUARDED_BY(mutex_);
  std::array<double, kComputeKinds> mean_slice_seconds_ ABSL_GUARDED_BY(mutex_) = {};
  std::array<int, kComputeKinds> running_ ABSL_GUARDED_BY(mutex_) = {};
  std::array<int, kComputeKinds> unestimated_
      ABSL_GUARDED_BY(mutex_) = {};  ///< jobs in the queue that are not in the backlog
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::array<std::atomic<std::int64_t>, kComputeKinds> backlog_ = {};  ///< nanoseconds
  std::array<std::atomic<int>, kComputeKinds> waiting_ = {};           ///< lengths of the queues
  /// When a unary job was submitted last, in nanoseconds since the epoch.
  std::atomic<std::int64_t> last_unary_ = std::numeric_limits<std::int64_t>::min();
  Workspaces by_hand_;
  std::vector<std::thread> threads_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_EXECUTOR_H_
