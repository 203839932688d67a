// ChainScheduler: steps the chains of all streams together.
#ifndef CAE_CORE_SERVING_CHAIN_SCHEDULER_H_
#define CAE_CORE_SERVING_CHAIN_SCHEDULER_H_

#include <memory>

#include "absl/time/time.h"
#include "core/serving/chain_stream.h"
#include "core/serving/draw_sink.h"
#include "core/serving/executor.h"

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
  /// sink has room again and when its reader has gone. It may come before the DrawDone that decides
  /// to park has returned, but not before it decided; on a stream that runs it does nothing.
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
  absl::Duration EstimatedFirstDraw(const ChainStreamSpec& spec) const;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_SCHEDULER_H_
