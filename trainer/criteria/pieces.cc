#include "trainer/criteria/pieces.h"

#include <algorithm>

namespace cae {
namespace {

constexpr Index kVector = 16;
// Wide enough for products at full speed, narrow enough that a piece's weights, moments and
// gradient stay in a core's cache.
constexpr Index kTypicalWidth = 128;

}  // namespace

std::vector<Piece> CutIntoPieces(Index size) {
  const Index vectors = (size + kVector - 1) / kVector;
  // An even number of pieces, so that two threads, or four, have the same to do.
  const Index wanted = (size + kTypicalWidth - 1) / kTypicalWidth;
  const Index count = std::clamp<Index>(wanted + wanted % 2, 1, vectors);
  std::vector<Piece> pieces;
  for (Index i = 0; i < count; ++i) {
    const Index first = vectors * i / count * kVector;
    const Index last = std::min(size, vectors * (i + 1) / count * kVector);
    pieces.push_back({first, last - first});
  }
  return pieces;
}

}  // namespace cae
