#include "core/serving/chain_progress.h"

#include <algorithm>
#include <utility>

namespace cae {

ChainProgress::ChainProgress(Index chains, int threads, std::int64_t steps_done,
                             std::int64_t burn_in, std::int64_t thinning)
    : burn_in_(burn_in), thinning_(thinning), barrier_(NextDraw(steps_done)) {
  const Index share = std::clamp((chains + threads - 1) / threads, kFewestChains, kMostChains);
  const Index count = (chains + share - 1) / share;
  for (Index i = 0; i < count; ++i) {
    // As even as can be.
    const Index first = chains * i / count;
    pieces_.push_back({first, chains * (i + 1) / count - first, steps_done});
  }
  is_in_hand_.resize(pieces_.size());
  ring_.resize(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) MakeReady(static_cast<int>(i));
}

std::int64_t ChainProgress::NextDraw(std::int64_t steps_done) const {
  const std::int64_t after = std::max<std::int64_t>(0, steps_done - burn_in_);
  return burn_in_ + (after / thinning_ + 1) * thinning_;
}

void ChainProgress::MakeReady(int index) {
  ring_[(head_ + ready_) % ring_.size()] = index;
  ++ready_;
}

int ChainProgress::Take() {
  const int index = ring_[head_];
  head_ = (head_ + 1) % ring_.size();
  --ready_;
  ++in_hand_;
  is_in_hand_[static_cast<std::size_t>(index)] = true;
  return index;
}

void ChainProgress::Stepped(int index) {
  const auto i = static_cast<std::size_t>(index);
  is_in_hand_[i] = false;
  --in_hand_;
  if (++pieces_[i].step < barrier_) MakeReady(index);
}

void ChainProgress::Continue() {
  barrier_ = NextDraw(barrier_);
  for (std::size_t i = 0; i < pieces_.size(); ++i) MakeReady(static_cast<int>(i));
}

void ChainProgress::Conclude() {
  std::int64_t earliest = 0;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    earliest = std::max(earliest, pieces_[i].step + (is_in_hand_[i] ? 1 : 0));
  }
  barrier_ = std::min(barrier_, earliest);
  // Those that are there already step no further.
  const std::size_t before = std::exchange(ready_, 0);
  const std::size_t head = head_;
  for (std::size_t i = 0; i < before; ++i) {
    const int index = ring_[(head + i) % ring_.size()];
    if (piece(index).step < barrier_) MakeReady(index);
  }
}

}  // namespace cae
