// ChainProgress: which chains of a stream may make a step.
#ifndef CAE_CORE_SERVING_CHAIN_PROGRESS_H_
#define CAE_CORE_SERVING_CHAIN_PROGRESS_H_

#include <cstdint>
#include <vector>

#include "core/math/matrix.h"

namespace cae {

/// Some neighbouring chains of a stream, which always step together.
struct ChainPiece {
  Index first;
  Index count;
  std::int64_t step;  ///< steps done
};

/// The chains are cut into pieces, each with its own count of steps. A piece is ready, in hand
/// (somebody steps it), or waits at the barrier for the others: at the next draw, or where the
/// stream is to end. The ready piece that has waited longest goes first, so that pieces never drift
/// apart. Thread-compatible; allocates in its constructor only.
class ChainProgress {
 public:
  static constexpr Index kMostChains = 32;
  static constexpr Index kFewestChains = 4;

  /// Cuts so that each of `threads` threads gets a piece, unless pieces would be too small. All are
  /// ready.
  ChainProgress(Index chains, int threads, std::int64_t steps_done, std::int64_t burn_in,
                std::int64_t thinning);

  bool has_ready() const { return ready_ > 0; }
  /// Chains of the ready pieces, about.
  Index ready_chains() const { return static_cast<Index>(ready_) * pieces_.back().count; }
  int in_hand() const { return in_hand_; }
  const ChainPiece& piece(int index) const { return pieces_[static_cast<std::size_t>(index)]; }
  /// The piece that goes next; has_ready().
  int next() const { return ring_[head_]; }

  /// Takes next() in hand.
  int Take();
  /// A piece in hand has made a step.
  void Stepped(int index);
  /// A piece in hand has made none, and its stream is over.
  void Drop() { --in_hand_; }

  /// All pieces wait at the barrier.
  bool at_barrier() const { return ready_ == 0 && in_hand_ == 0; }
  std::int64_t barrier() const { return barrier_; }
  /// The step after which a draw is taken, not before which.
  bool MakesDraw(std::int64_t steps_done) const {
    const std::int64_t after = steps_done - burn_in_;
    return after > 0 && after % thinning_ == 0;
  }

  /// From a barrier on to the next draw: all are ready.
  void Continue();
  /// Moves the barrier to the earliest step that all can still reach.
  void Conclude();
  /// Nothing is ready any more.
  void Abort() { ready_ = 0; }

 private:
  void MakeReady(int index);
  std::int64_t NextDraw(std::int64_t steps_done) const;

  const std::int64_t burn_in_;
  const std::int64_t thinning_;
  std::vector<ChainPiece> pieces_;
  std::vector<bool> is_in_hand_;
  std::vector<int> ring_;  ///< ready pieces: ready_ of them from head_ on
  std::size_t head_ = 0;
  std::size_t ready_ = 0;
  int in_hand_ = 0;
  std::int64_t barrier_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_PROGRESS_H_
