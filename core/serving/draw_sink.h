// DrawSink: where the draws of a stream of chains go.
#ifndef CAE_CORE_SERVING_DRAW_SINK_H_
#define CAE_CORE_SERVING_DRAW_SINK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/diagnostics/sample_statistics.h"
#include "core/math/matrix.h"

namespace cae {

/// Some chains' rows of one draw. The views are the scheduler's, for the call only; what was not
/// asked for has no rows.
struct DrawRows {
  Index first;                  ///< the first of the chains within the stream, from 0
  ConstMatrixView draws;        ///< [n, input units]
  ConstMatrixView codes;        ///< [n, code units]: the perturbed codes that were decoded
  SampleStatisticsView values;  ///< [n, kSampleStatistics]
  ConstMatrixView logits;       ///< [n, classes]
};

/// Where all chains of a stream stand when they have made the same number of steps.
struct ChainStreamState {
  ConstMatrixView states;       ///< [chains, state units], exact
  std::int64_t steps_done = 0;  ///< with draws_done and the states all that is needed to carry on
  std::int64_t draws_done = 0;
};

enum class AfterDraw {
  kContinue,
  kPark,  ///< step no further until ChainScheduler::Resume
  kEnd,   ///< all draws are made
};

/// Called on compute threads (Ended also where ChainScheduler says so) with no lock held, so that
/// it may add, resume and conclude streams, its own too. For each draw: PutRows for all chains, in
/// pieces, distinct ones perhaps at the same time; then DrawDone, alone. Ended comes last, alone
/// and exactly once; the scheduler does not touch the sink after it has called it.
class DrawSink {
 public:
  virtual ~DrawSink() = default;

  /// An error ends the stream with it.
  virtual absl::Status PutRows(const DrawRows& rows) = 0;
  /// All rows of draw number state.draws_done − 1 were put. An error ends the stream with it.
  virtual absl::StatusOr<AfterDraw> DrawDone(const ChainStreamState& state) = 0;

  /// OK while somebody reads; else CANCELLED or DEADLINE_EXCEEDED, which ends the stream. Asked
  /// before and after each step of each piece, from any compute thread: cheap and thread-safe. A
  /// parked stream is not asked until it is resumed, or InterruptedFrom() has come.
  virtual absl::Status Interruption() const = 0;
  /// When Interruption() ceased to be OK or, as far as is known by now, will: the deadline, when
  /// the stream is added. InfiniteFuture where that is not known. Cheap and thread-safe.
  virtual absl::Time InterruptedFrom() const { return absl::InfiniteFuture(); }

  /// OK: after DrawDone said kEnd, or where ChainScheduler::Conclude took effect; `state` then
  /// tells where. Else the error, and `state.states` has no rows: INTERNAL where a chain reached a
  /// value that is not finite, UNAVAILABLE where the scheduler stopped, or what the sink returned.
  virtual void Ended(const absl::Status& status, const ChainStreamState& state) = 0;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_DRAW_SINK_H_
