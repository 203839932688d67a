// ChainScheduler: steps the chains of all streams together.
#ifndef CAE_CORE_SERVING_CHAIN_SCHEDULER_H_
#define CAE_CORE_SERVING_CHAIN_SCHEDULER_H_

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "core/math/workspace.h"
#include "core/serving/chain_load.h"
#include "core/serving/chain_stream.h"
#include "core/serving/chain_table.h"
#include "core/serving/chain_tile.h"
#include "core/serving/draw_sink.h"
#include "core/serving/executor.h"
#include "core/serving/job_pump.h"
#include "core/serving/stream_deadlines.h"

namespace cae {

/// Continuous batching: a compute thread that is free takes chains of whatever streams are runnable
/// and share (servable, process, rank), and steps them once, in one batch. Streams join and leave
/// between steps. A stream's chains are cut into pieces that advance on their own until the next
/// draw, or until where the stream is to conclude; there all wait for the last. The bits of a draw
/// depend on (model, parameters, chain number, step) alone.
///
/// Shares: streams take turns by the work done for them, so that none starves another; while one is
/// parked it saves no credit up.
///
/// Thread-safe; callbacks of sinks may call everything but the destructor. Its lock guards the
/// table and is never held while something is computed, called back or submitted; the executor's
/// lock is never taken under it. A stream's states belong to whoever steps or observes them at the
/// moment, and to nobody while it is parked. Refers to the executor, which must outlive it and be
/// stopped before it is destroyed.
class ChainScheduler {
 public:
  explicit ChainScheduler(Executor& executor);
  /// As Stop().
  ~ChainScheduler();
  ChainScheduler(const ChainScheduler&) = delete;
  ChainScheduler& operator=(const ChainScheduler&) = delete;

  /// A stream that is not running yet, so that its sink can know it before the first callback.
  /// `sink` must live until DrawSink::Ended is called; if Add never is, nothing is called back.
  std::shared_ptr<ChainStream> Prepare(ChainStreamSpec spec, DrawSink& sink);
  /// Starts it; once. After Stop() it ends with UNAVAILABLE on the calling thread; after
  /// ConcludeAll() it ends with OK where it starts.
  void Add(const std::shared_ptr<ChainStream>& stream);

  // Of a stream that has ended, or was not added, these do nothing.

  /// Lets a parked stream go on, or end if its Interruption() says so by now: to be called when the
  /// sink has room again and when its reader has gone. (Its deadline needs no call.) It may come
  /// before the DrawDone that decides to park has returned, but not before it decided; on a stream
  /// that runs it does nothing.
  void Resume(ChainStream& stream);
  /// Lets the stream end at the earliest step that all its chains can reach, parked or not: a step
  /// under way, and no other where a chain is not behind another. If that makes a draw, it is put.
  void Conclude(ChainStream& stream);
  /// Concludes every stream, those to be added later too: the server drains.
  void ConcludeAll();

  /// Ends every stream with UNAVAILABLE: on the calling thread, or on the compute thread that has
  /// chains of it in hand. Stopping the executor does the same. Does not wait.
  void Stop();

  /// How long a new stream like `spec` will take to its first draw, about, beside those that run.
  absl::Duration EstimatedFirstDraw(const ChainStreamSpec& spec, Index chains) const;

 private:
  using StreamPointer = std::shared_ptr<ChainStream>;
  /// Chains of a stream went from one state to another, for the observer.
  struct Move {
    StreamPointer stream;
    std::optional<ChainState> from;
    std::optional<ChainState> to;
  };
  /// What is to be called back once the lock is free.
  struct Callbacks {
    std::vector<Move> moves;
    std::vector<StreamPointer> observe;
    std::vector<StreamPointer> end;
    int jobs = 0;                               ///< to submit
    absl::Time alarm = absl::InfiniteFuture();  ///< to set
  };
  /// What a job needs for its slice; used again and again, so that a step allocates nothing.
  struct Turn {
    ChainTile tile;
    Callbacks callbacks;
  };
  using TurnPointer = std::unique_ptr<Turn>;

  /// What a job of the executor does each slice.
  Job::Slice RunNext(Workspace& workspace, YieldPoint yield);
  void SubmitJobs(int count);
  int JobsWanted() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  TurnPointer TakeTurn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeTile(Turn& turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Takes the parts of a tile back.
  void Return(ChainTile& tile, absl::Duration took, Callbacks& callbacks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Sees what a stream of which pieces came back, or which was changed, should do next.
  void Settle(const StreamPointer& stream, Callbacks& callbacks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Makes the stream end with `status`, unless it does already.
  static void SetEnding(ChainStream& stream, absl::Status status);
  void MarkEnded(const StreamPointer& stream, Callbacks& callbacks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// A stream stands at the barrier that DrawDone was called at.
  void AfterObserved(const StreamPointer& stream, const absl::StatusOr<AfterDraw>& after,
                     Callbacks& callbacks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Park(const StreamPointer& stream, Callbacks& callbacks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveParking(const StreamPointer& stream, Callbacks& callbacks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// A deadline has passed.
  void OnAlarm();
  /// Sets the alarm to the next deadline, unless it is earlier already.
  void MoveAlarm(Callbacks& callbacks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetAlarm(absl::Time when);
  void ConcludeLocked(const StreamPointer& stream, Callbacks& callbacks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Show(const StreamPointer& stream, std::optional<ChainState> state,
                   Callbacks& callbacks);
  /// Calls back and submits jobs, and goes on with what comes of it. Leaves `callbacks` empty.
  void Call(Callbacks& callbacks);
  static ChainStreamState StateOf(const ChainStream& stream) {
    return {stream.states_, stream.progress_.barrier(), stream.draws_done_};
  }
  void End(ChainStream& stream) const;
  void Report(const Callbacks& callbacks) const;
  void Report(ChainTile& tile, absl::Duration took) const;

  Executor& executor_;
  mutable Mutex mutex_;
  ChainTable table_ ABSL_GUARDED_BY(mutex_);
  JobPump pump_ ABSL_GUARDED_BY(mutex_);
  /// All that were added and have not ended.
  std::unordered_map<const ChainStream*, StreamPointer> streams_ ABSL_GUARDED_BY(mutex_);
  ChainLoad load_ ABSL_GUARDED_BY(mutex_);  ///< of all that are not parked
  std::vector<TurnPointer> idle_turns_ ABSL_GUARDED_BY(mutex_);
  StreamDeadlines deadlines_ ABSL_GUARDED_BY(mutex_);
  absl::Time alarm_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  bool concluding_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_SCHEDULER_H_
