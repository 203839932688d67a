// RowQueue: the rows that wait, and what of them goes into the next tile.
#ifndef CAE_CORE_SERVING_ROW_QUEUE_H_
#define CAE_CORE_SERVING_ROW_QUEUE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "core/serving/row_request.h"

namespace cae {

/// Rows of one request within a tile.
struct RowRange {
  RowRequest* request;
  Index first;
  Index count;
};

/// A policy without threads. A tile has rows of requests with equal keys, the request that has
/// waited longest first: kTileRows at most, or the kernel's max_tile_rows() where the first request
/// alone brings more than kTileRows; fewer where other threads would have nothing to do. A request
/// of which more than another such tile is left goes on behind all that wait, so that large ones
/// and small ones take turns. Thread-compatible.
class RowQueue {
 public:
  static constexpr Index kTileRows = 64;
  /// Rows that are not cut any smaller for the sake of idle threads: fewer would cost as much.
  static constexpr Index kSmallestShare = 16;
  static constexpr Index kSmallestHeavyShare = 4;

  explicit RowQueue(int threads) : threads_(threads) {}

  /// Queues all rows, at least one, of a request that is not queued.
  void Add(RowRequest& request);
  /// Overwrites `tile` with the rows that go next; leaves it empty if none of that kind wait.
  void TakeTile(Job::Kind kind, std::vector<RowRange>& tile);
  /// Takes out a request of which rows wait.
  void Remove(RowRequest& request);
  /// Some request of which rows wait; null if there is none.
  RowRequest* Any() const {
    return groups_.empty() ? nullptr : groups_.begin()->second.requests.front();
  }

  /// Tiles that could be taken now, about; counts no further than `most`.
  int Tiles(Job::Kind kind, int most) const;

 private:
  struct Group {
    std::deque<RowRequest*> requests;  ///< in the order of their turns
    Index rows = 0;                    ///< not taken yet
  };
  using Groups = std::map<RowKernelKey, Group>;
  /// Groups by the turn of their first request.
  using Turns = std::map<std::uint64_t, Groups::iterator>;

  static std::size_t Slot(Job::Kind kind) { return static_cast<std::size_t>(kind); }
  /// Rows for the next tile of a group that stands first.
  Index TileRows(const Group& group, Job::Kind kind) const;
  /// Gives a group its turn again, or erases it if it is empty.
  void SetTurn(Groups::iterator group, Job::Kind kind);

  const int threads_;
  std::uint64_t next_turn_ = 0;
  Groups groups_;
  std::array<Turns, kComputeKinds> turns_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_QUEUE_H_
