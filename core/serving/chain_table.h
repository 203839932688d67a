// ChainTable: the streams that have chains to step, and which of them go next.
#ifndef CAE_CORE_SERVING_CHAIN_TABLE_H_
#define CAE_CORE_SERVING_CHAIN_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "core/serving/chain_stream.h"

namespace cae {

/// A piece of a stream within a tile.
struct ChainPart {
  std::shared_ptr<ChainStream> stream;
  int piece = 0;            ///< of its progress
  ChainPiece chains;        ///< as it was taken
  bool makes_draw = false;  ///< with this step
  absl::Status status;      ///< why it was not stepped, or must not go on
};

/// A policy without threads. Start-time fair queueing: each stream has a virtual time, the work
/// (arithmetic operations) taken for it; the one with the least goes first. Whoever comes, or comes
/// back, starts at the present virtual time, that of the last one taken. A tile is filled from
/// streams of one (servable, process, rank). Thread-compatible; allocates only when there are more
/// streams than ever.
class ChainTable {
 public:
  static constexpr Index kTileChains = 64;
  static constexpr Index kSmallTileChains = 32;  ///< while unary work waits, and with a rank
  /// Chains that are not cut any smaller for the sake of other threads: fewer would cost as much.
  static constexpr Index kSmallestShare = 4;

  /// Takes a stream in that has ready pieces, or is to be ended; if it is in, counts its ready
  /// chains anew.
  void Add(const std::shared_ptr<ChainStream>& stream);

  /// Overwrites `parts` with what goes next: ready pieces, or one part of a stream that is ending,
  /// whose count is 0. Nothing where the table is empty. `most` bounds the chains but for the first
  /// piece.
  void TakeTile(Index most, std::vector<ChainPart>& parts);

  /// Tiles that could be taken now, about.
  int tiles() const;

 private:
  using Key = std::tuple<const Servable*, SampleProcess, Index>;
  struct Entry {
    double virtual_time;
    std::uint64_t turn;  ///< among equals, who came first
    std::shared_ptr<ChainStream> stream;
  };
  /// The least on top, as of std::push_heap.
  using Lane = std::vector<Entry>;

  static bool ComesLater(const Entry& a, const Entry& b);
  /// The lane of the stream that goes next; null if there is none.
  Lane* NextLane();
  void Push(Lane& lane, std::shared_ptr<ChainStream> stream);
  std::shared_ptr<ChainStream> Pop(Lane& lane);
  void Count(ChainStream& stream, Index ready);
  Lane& LaneOf(const ChainStream& stream);
  /// Moves the ready pieces of a stream that fit into the tile; returns their chains.
  static Index TakePieces(const std::shared_ptr<ChainStream>& stream, Index room,
                          std::vector<ChainPart>& parts);

  std::map<Key, Lane> lanes_;
  std::vector<std::shared_ptr<ChainStream>> passed_over_;  ///< empty between calls
  std::uint64_t next_turn_ = 0;
  double now_ = 0;  ///< the present virtual time
  std::size_t streams_ = 0;
  Index ready_chains_ = 0;  ///< as they were counted last
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_TABLE_H_
