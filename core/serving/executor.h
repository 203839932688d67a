// Executor: the compute threads, and the queue of jobs that they work off.
#ifndef CAE_CORE_SERVING_EXECUTOR_H_
#define CAE_CORE_SERVING_EXECUTOR_H_

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/math/workspace.h"
#include "core/serving/serving_observer.h"

namespace cae {

/// Work for a compute thread, done in slices: a long job takes its turn again and again, so that
/// short ones get in between.
struct Job {
  enum class Kind {
    kUnary,   ///< somebody waits for one answer: goes first
    kStream,  ///< one of many messages: goes when no unary job waits, and at every fifth turn in
              ///< any case
  };
  enum class Slice { kDone, kMore };

  std::string operation;  ///< for metrics: "Encode"
  Kind kind = Kind::kUnary;
  absl::Time deadline =
      absl::InfiniteFuture();  ///< once passed, the job is abandoned instead of started
  /// Does some of the work, a few milliseconds at best, on a compute thread. kMore puts the job
  /// back at the end of the queue.
  std::function<Slice(Workspace&)> run;
  /// Called once, in place of further slices, where the job will not be run (again):
  /// DEADLINE_EXCEEDED, UNAVAILABLE.
  std::function<void(const absl::Status&)> abandon;
};

/// Thread-safe. No lock is held while a job runs or is abandoned, so both may submit further jobs.
class Executor {
 public:
  struct Options {
    int threads = 0;  ///< 0 = one a core
    /// Added to the threads' nice value, so that the threads of the network get a core when they
    /// need one.
    int nice_increment = 5;
    const Clock* clock = &Clock::System();
    ServingObserver* observer = nullptr;  ///< may be null; must outlive the executor
  };

  explicit Executor(const Options& options);
  /// As Stop().
  ~Executor();

  int threads() const { return static_cast<int>(threads_.size()); }

  /// Queues a job; after Stop() it is abandoned at once, on the calling thread.
  void Submit(Job job);

  /// How long a unary job submitted now will probably wait: the slices before it at the recent mean
  /// of their time.
  absl::Duration EstimatedWait() const;

  /// Lets running slices end, abandons what waits with UNAVAILABLE and joins the threads. Not from
  /// a job.
  void Stop();

 private:
  struct QueuedJob {
    Job job;
    absl::Time queued;
    bool started = false;
  };
  static constexpr int kKinds = 2;
  /// A stream job is taken at least at every such turn while any waits: its fifth of the compute
  /// time.
  static constexpr int kStreamTurn = 5;

  void ThreadLoop();
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<QueuedJob> TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunSlice(const std::shared_ptr<QueuedJob>& queued, Workspace& workspace);

  const Options options_;
  mutable Mutex mutex_;
  CondVar job_ready_;
  std::array<std::deque<std::shared_ptr<QueuedJob>>, kKinds> queues_ ABSL_GUARDED_BY(mutex_);
  int turns_since_stream_ ABSL_GUARDED_BY(mutex_) = 0;
  double mean_slice_seconds_ ABSL_GUARDED_BY(mutex_) = 0;  ///< of unary jobs, moving
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_EXECUTOR_H_
