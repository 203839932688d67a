// RowBatcher: sends the rows of many unary requests through kernels, a tile at a time.
#ifndef CAE_CORE_SERVING_ROW_BATCHER_H_
#define CAE_CORE_SERVING_ROW_BATCHER_H_

#include <array>
#include <memory>
#include <vector>

#include "core/base/mutex.h"
#include "core/math/workspace.h"
#include "core/serving/executor.h"
#include "core/serving/job_pump.h"
#include "core/serving/row_queue.h"
#include "core/serving/row_request.h"
#include "core/serving/row_tile.h"

namespace cae {

/// Greedy: a compute thread that is free takes what waits (see RowQueue for what shares a tile);
/// no timer ever holds a row back. Tiles run as jobs of the executor, of the kernel's kind. A tile
/// whose rows all come from one request reads and writes them in place where that offers it.
///
/// Thread-safe. Its lock guards queues and is never held while something is computed, called back
/// or submitted; the executor's lock is never taken under it. Refers to the executor, which must
/// outlive it and be stopped before it is destroyed.
class RowBatcher {
 public:
  explicit RowBatcher(Executor& executor);
  /// As Stop().
  ~RowBatcher();
  RowBatcher(const RowBatcher&) = delete;
  RowBatcher& operator=(const RowBatcher&) = delete;

  /// Queues a request. It is finished on a compute thread; on the calling one with UNAVAILABLE
  /// after Stop(), and with OK if it has no rows.
  void Add(RowRequest& request);

  /// Finishes what waits with UNAVAILABLE, on the calling thread, and with it what is computed at
  /// the moment but has more rows waiting, on its compute thread. Stopping the executor does the
  /// same. Does not wait.
  void Stop();

 private:
  using RowTilePointer = std::unique_ptr<RowTile>;
  /// A request that is complete.
  struct Finished {
    RowRequest* request;
    absl::Status status;
    Index dropped;  ///< rows that waited until the end
  };

  /// What a job of the executor does each slice.
  Job::Slice RunNext(Job::Kind kind, Workspace& workspace, YieldPoint yield);
  void SubmitJobs(Job::Kind kind, int count);
  /// More jobs that the executor should have.
  int JobsWanted(Job::Kind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  RowTilePointer TakeTile(Job::Kind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Takes the rows of a tile back and finishes the requests that are complete.
  void Return(RowTile& tile, Job::Kind kind, absl::Duration took);
  void Finish(const Finished& finished) const;
  /// Takes the rows of a request that wait out of the queue.
  void Drop(RowRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Takes `rows` of the `of` rows that wait out of the backlog.
  void LeaveBacklog(RowRequest& request, Index rows, Index of)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // For the observer.
  void ReportTaken(const RowTile& tile, absl::Time now) const;
  void ReportDone(const RowTile& tile, absl::Duration took) const;

  Executor& executor_;
  mutable Mutex mutex_;
  RowQueue queue_ ABSL_GUARDED_BY(mutex_);
  std::array<JobPump, kComputeKinds> pumps_ ABSL_GUARDED_BY(mutex_);
  /// Of one arithmetic operation, moving means.
  std::array<double, kComputeKinds> nanoseconds_ ABSL_GUARDED_BY(mutex_);
  std::vector<RowTilePointer> idle_tiles_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_BATCHER_H_
