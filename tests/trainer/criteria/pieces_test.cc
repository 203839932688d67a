#include "trainer/criteria/pieces.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cae {
namespace {

TEST(CutIntoPiecesTest, PiecesCoverEveryColumnOnceAndAreNearlyEqual) {
  for (const Index size : {1, 2, 15, 16, 17, 100, 128, 129, 784, 1000, 1001, 4096}) {
    const std::vector<Piece> pieces = CutIntoPieces(size);
    Index next = 0, widest = 0, narrowest = size;
    for (const Piece& piece : pieces) {
      EXPECT_EQ(piece.first, next);
      EXPECT_EQ(piece.first % 16, 0) << "of " << size;
      ASSERT_GT(piece.count, 0) << "of " << size;
      next += piece.count;
      widest = std::max(widest, piece.count);
      narrowest = std::min(narrowest, piece.count);
    }
    EXPECT_EQ(next, size);
    EXPECT_LE(widest - narrowest, 31) << "of " << size;
    EXPECT_LE(widest, 144) << "of " << size;
  }
}

TEST(CutIntoPiecesTest, TheLayersOfTheDigitsModelGiveTwoThreadsTheSameToDo) {
  EXPECT_EQ(CutIntoPieces(1000).size(), 8u);
  EXPECT_EQ(CutIntoPieces(784).size(), 8u);
}

}  // namespace
}  // namespace cae
