// RowBatcher: sends the rows of many unary requests through kernels, a tile at a time.
#ifndef CAE_CORE_SERVING_ROW_BATCHER_H_
#define CAE_CORE_SERVING_ROW_BATCHER_H_

#include <memory>
#include <vector>

#include "core/base/mutex.h"
#include "core/math/workspace.h"
#include "core/serving/executor.h"
#include "core/serving/row_queue.h"
#include "core/serving/row_request.h"

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

  /// Finishes what waits with UNAVAILABLE, on the calling thread; what runs is finished with
  /// UNAVAILABLE by its compute thread, unless it was the last of it. Stopping the executor does
  /// the same. Does not wait.
  void Stop();

 private:
  struct Tile;
  class TileFinish;

  Job::Slice RunNext(Job::Kind kind, Workspace& workspace, YieldPoint yield);
  void RunTile(Tile& tile, Workspace& workspace, YieldPoint yield);

  Executor& executor_;
  Mutex mutex_;
  RowQueue queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_BATCHER_H_
