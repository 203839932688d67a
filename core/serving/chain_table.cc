#include "core/serving/chain_table.h"

#include <algorithm>
#include <utility>

namespace cae {
namespace {

/// Lanes that are kept although nothing is in them.
constexpr std::size_t kMostIdleLanes = 64;
/// Streams whose next piece does not fit that are passed over for smaller ones.
constexpr std::size_t kMostPassedOver = 8;

}  // namespace

bool ChainTable::ComesLater(const Entry& a, const Entry& b) {
  return std::tie(a.virtual_time, a.turn) > std::tie(b.virtual_time, b.turn);
}

ChainTable::Lane& ChainTable::LaneOf(const ChainStream& stream) {
  const ChainStreamSpec& spec = stream.spec();
  const Key key(spec.servable.get(), spec.parameters.process, spec.parameters.rank);
  const auto found = lanes_.find(key);
  if (found != lanes_.end()) return found->second;
  if (lanes_.size() >= kMostIdleLanes) {
    std::erase_if(lanes_, [](const auto& lane) { return lane.second.empty(); });
  }
  return lanes_[key];
}

void ChainTable::Count(ChainStream& stream, Index ready) {
  ready_chains_ += ready - stream.ready_counted_;
  stream.ready_counted_ = ready;
}

void ChainTable::Push(Lane& lane, std::shared_ptr<ChainStream> stream) {
  Count(*stream, stream->progress_.ready_chains());
  stream->in_table_ = true;
  ++streams_;
  lane.push_back({stream->virtual_time_, next_turn_++, std::move(stream)});
  std::push_heap(lane.begin(), lane.end(), ComesLater);
}

std::shared_ptr<ChainStream> ChainTable::Pop(Lane& lane) {
  std::pop_heap(lane.begin(), lane.end(), ComesLater);
  std::shared_ptr<ChainStream> stream = std::move(lane.back().stream);
  lane.pop_back();
  Count(*stream, 0);
  stream->in_table_ = false;
  --streams_;
  return stream;
}

void ChainTable::Add(const std::shared_ptr<ChainStream>& stream) {
  if (stream->in_table_) return Count(*stream, stream->progress_.ready_chains());
  stream->virtual_time_ = std::max(stream->virtual_time_, now_);
  Push(LaneOf(*stream), stream);
}

ChainTable::Lane* ChainTable::NextLane() {
  Lane* next = nullptr;
  for (auto& [key, lane] : lanes_) {
    if (lane.empty()) continue;
    if (next == nullptr || ComesLater(next->front(), lane.front())) next = &lane;
  }
  return next;
}

Index ChainTable::TakePieces(const std::shared_ptr<ChainStream>& stream, Index room,
                             std::vector<ChainPart>& parts) {
  ChainProgress& progress = stream->progress_;
  Index taken = 0;
  while (progress.has_ready()) {
    const ChainPiece& next = progress.piece(progress.next());
    // The first piece of a tile goes in any case.
    if (!parts.empty() && taken + next.count > room) break;
    const int piece = progress.Take();
    parts.push_back({stream, piece, next, progress.MakesDraw(next.step + 1), {}});
    taken += next.count;
  }
  return taken;
}

void ChainTable::TakeTile(Index most, std::vector<ChainPart>& parts) {
  parts.clear();
  Lane* const lane = NextLane();
  if (lane == nullptr) return;
  Index room = most;
  now_ = std::max(now_, lane->front().virtual_time);
  while (room > 0 && !lane->empty() && passed_over_.size() < kMostPassedOver) {
    if (lane->front().stream->ending_) {
      // To be ended, which is work of its own.
      if (parts.empty()) parts.push_back({Pop(*lane), 0, {0, 0, 0}, false, {}});
      break;
    }
    std::shared_ptr<ChainStream> stream = Pop(*lane);
    const Index taken = TakePieces(stream, room, parts);
    room -= taken;
    stream->virtual_time_ += static_cast<double>(taken) * stream->step_cost();
    if (taken == 0) {
      passed_over_.push_back(std::move(stream));
    } else if (stream->progress_.has_ready()) {
      Push(*lane, std::move(stream));
    }
  }
  for (auto& stream : passed_over_) {
    if (stream->progress_.has_ready()) Push(*lane, std::move(stream));
  }
  passed_over_.clear();
}

int ChainTable::tiles() const {
  const Index by_chains = (ready_chains_ + kSmallestShare - 1) / kSmallestShare;
  return static_cast<int>(std::max<Index>(streams_ > 0 ? 1 : 0, by_chains));
}

}  // namespace cae
