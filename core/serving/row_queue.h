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
/// alone brings so many; fewer where other threads would have nothing to do. A request that does
/// not fit goes on behind those that wait, so that large ones and small ones take turns.
/// Thread-compatible.
class RowQueue {
 public:
  static constexpr Index kTileRows = 64;
  /// Rows that are not cut any smaller for the sake of idle threads: less would cost as much.
  static constexpr Index kSmallestShare = 16;
  static constexpr Index kSmallestHeavyShare = 4;

  explicit RowQueue(int threads) : threads_(threads) {}

  void Add(RowRequest& request);
  bool empty(Job::Kind kind) const { return by_age_[static_cast<std::size_t>(kind)].empty(); }
  /// Tiles of that kind that could be taken now, about.
  int tiles(Job::Kind kind) const;
  /// Overwrites `tile` with the rows that go next; leaves it empty if none of that kind wait.
  void TakeTile(Job::Kind kind, std::vector<RowRange>& tile);
  /// Takes a request out wherever it waits.
  void Remove(RowRequest& request);
  /// Takes all requests out.
  std::vector<RowRequest*> Clear();

 private:
  struct Group {
    std::deque<RowRequest*> requests;  ///< in the order of their turns
    Index rows = 0;                    ///< not taken yet
    std::uint64_t turn = 0;            ///< of the first request
  };
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_QUEUE_H_
