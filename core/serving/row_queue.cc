#include "core/serving/row_queue.h"

#include <algorithm>
#include <utility>

namespace cae {
namespace {

Index SmallestShare(Job::Kind kind) {
  return kind == Job::Kind::kUnary ? RowQueue::kSmallestShare : RowQueue::kSmallestHeavyShare;
}

}  // namespace

void RowQueue::Add(RowRequest& request) {
  const auto group = groups_.try_emplace(request.kernel().key()).first;
  group->second.rows += request.rows() - request.progress_.taken;
  request.progress_.turn = next_turn_++;
  request.progress_.queued = true;
  group->second.requests.push_back(&request);
  if (group->second.requests.size() == 1) SetTurn(group, request.kernel().kind());
}

void RowQueue::SetTurn(Groups::iterator group, Job::Kind kind) {
  if (group->second.requests.empty()) {
    groups_.erase(group);
  } else {
    turns_[Slot(kind)].emplace(group->second.requests.front()->progress_.turn, group);
  }
}

Index RowQueue::TileRows(const Group& group, Job::Kind kind) const {
  const RowRequest& first = *group.requests.front();
  const Index alone = first.rows() - first.progress_.taken;
  const Index most = first.kernel().max_tile_rows();
  const Index rows = std::min(most, std::max(kTileRows, alone));
  // Where other groups wait, there is something to do for the other threads.
  const auto others = static_cast<Index>(turns_[Slot(kind)].size()) - 1;
  const Index threads = std::max<Index>(1, threads_ - others);
  const Index smallest = SmallestShare(kind);
  const Index share = (group.rows + threads - 1) / threads;
  const Index rounded = (share + smallest - 1) / smallest * smallest;
  return std::min(rows, rounded);
}

void RowQueue::TakeTile(Job::Kind kind, std::vector<RowRange>& tile) {
  tile.clear();
  Turns& turns = turns_[Slot(kind)];
  if (turns.empty()) return;
  const auto group = turns.begin()->second;
  Index room = TileRows(group->second, kind);
  turns.erase(turns.begin());
  auto& requests = group->second.requests;
  while (room > 0 && !requests.empty()) {
    RowRequest& request = *requests.front();
    auto& progress = request.progress_;
    const Index count = std::min(room, request.rows() - progress.taken);
    tile.push_back({&request, progress.taken, count});
    progress.taken += count;
    group->second.rows -= count;
    room -= count;
    const Index left = request.rows() - progress.taken;
    progress.queued = left > 0;
    // A small rest keeps its place.
    if (left > 0 && left <= kTileRows) break;
    requests.pop_front();
    if (left == 0) continue;
    progress.turn = next_turn_++;
    requests.push_back(&request);
    break;
  }
  SetTurn(group, kind);
}

void RowQueue::Remove(RowRequest& request) {
  request.progress_.queued = false;
  const auto group = groups_.find(request.kernel().key());
  auto& requests = group->second.requests;
  const Job::Kind kind = request.kernel().kind();
  turns_[Slot(kind)].erase(requests.front()->progress_.turn);
  requests.erase(std::find(requests.begin(), requests.end(), &request));
  group->second.rows -= request.rows() - request.progress_.taken;
  SetTurn(group, kind);
}

int RowQueue::Tiles(Job::Kind kind, int most) const {
  Index tiles = 0;
  for (const auto& [turn, group] : turns_[Slot(kind)]) {
    tiles += (group->second.rows + SmallestShare(kind) - 1) / SmallestShare(kind);
    if (tiles >= most) return most;
  }
  return static_cast<int>(tiles);
}

}  // namespace cae
