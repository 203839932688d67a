// ChainStream: the chains of one Sample stream.
#ifndef CAE_CORE_SERVING_CHAIN_STREAM_H_
#define CAE_CORE_SERVING_CHAIN_STREAM_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/math/matrix.h"
#include "core/sampling/chain_parameters.h"
#include "core/serving/chain_progress.h"
#include "core/serving/draw_sink.h"
#include "core/serving/servable.h"
#include "core/serving/serving_observer.h"

namespace cae {

/// What a stream of draws is made of. The caller has checked it against the card and its limits.
struct ChainStreamSpec {
  ServableHandle servable;
  ChainParameters parameters;
  std::int64_t first_chain = 0;  ///< number of the first chain in the noise counter
  std::int64_t burn_in = 0;      ///< draw i is the state after burn_in + (i + 1) · thinning steps
  std::int64_t thinning = 1;     ///< ≥ 1
  std::int64_t steps_done = 0;   ///< > 0 where an earlier stream is carried on
  std::int64_t draws_done = 0;
  Matrix states;  ///< [chains ≥ 1, state units] after `steps_done` steps

  // What is computed of each draw beside it.
  bool codes = false;
  bool statistics = false;  ///< SampleStatistics
  bool logits = false;      ///< the model must have a classifier
};

/// Arithmetic operations that one step of one chain takes, about: what shares and waits are
/// reckoned in.
double StepCost(const Servable& servable, SampleProcess process, Index rank);

/// Made by ChainScheduler::Prepare, and given back to it to say which stream is meant. To everyone
/// else it shows what never changes. Its states belong to whoever has chains of it in hand; all
/// else is guarded by the scheduler's lock.
class ChainStream {
 public:
  ChainStream(ChainStreamSpec spec, DrawSink& sink, int threads);
  ChainStream(const ChainStream&) = delete;
  ChainStream& operator=(const ChainStream&) = delete;

  /// Its `states`, `steps_done` and `draws_done` are out of date.
  const ChainStreamSpec& spec() const { return spec_; }
  Index chains() const { return states_.rows(); }
  double step_cost() const { return step_cost_; }

 private:
  friend class ChainScheduler;
  friend class ChainTable;
  friend class ChainTile;

  enum class Phase {
    kPrepared,   ///< not added
    kRunning,    ///< pieces are ready, in hand or at the barrier
    kObserving,  ///< DrawDone is called
    kParked,
    kEnded,  ///< Ended is, or was, called
  };

  Matrix states_;
  const ChainStreamSpec spec_;
  const double step_cost_;
  DrawSink& sink_;

  Phase phase_ = Phase::kPrepared;
  ChainProgress progress_;
  std::int64_t draws_done_;
  bool resumed_ = false;     ///< Resume was called while observing
  bool concluding_ = false;  ///< ends at the barrier
  bool ending_ = false;      ///< makes no step any more; ends with status_ once no piece is in hand
  absl::Status status_;
  absl::Time deadline_;

  // For the table.
  bool in_table_ = false;
  Index ready_counted_ = 0;
  double virtual_time_ = 0;

  // For the observer.
  absl::Time added_;
  std::optional<ChainState> shown_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_STREAM_H_
