#include "core/serving/chain_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cae {
namespace {

/// Steps the piece that goes next.
int StepNext(ChainProgress& progress) {
  const int piece = progress.Take();
  progress.Stepped(piece);
  return piece;
}

std::vector<Index> PieceSizes(Index chains, int threads) {
  ChainProgress progress(chains, threads, 0, 0, 1);
  std::vector<Index> sizes;
  Index next = 0;
  while (progress.has_ready()) {
    const ChainPiece piece = progress.piece(progress.Take());
    EXPECT_EQ(piece.first, next);
    next += piece.count;
    sizes.push_back(piece.count);
  }
  EXPECT_EQ(next, chains);
  return sizes;
}

TEST(ChainProgressTest, CutsEvenPiecesForAllThreadsButNoneTooSmallOrTooLarge) {
  using ::testing::ElementsAre;
  EXPECT_THAT(PieceSizes(1, 2), ElementsAre(1));
  EXPECT_THAT(PieceSizes(4, 2), ElementsAre(4));
  EXPECT_THAT(PieceSizes(32, 2), ElementsAre(16, 16));
  EXPECT_THAT(PieceSizes(65, 2), ElementsAre(21, 22, 22));
  EXPECT_THAT(PieceSizes(64, 16), ::testing::Each(4));
  EXPECT_EQ(PieceSizes(1024, 2).size(), 32u);
}

TEST(ChainProgressTest, PiecesWaitAtTheDrawForTheLast) {
  ChainProgress progress(64, 2, 0, 2, 3);
  EXPECT_EQ(progress.barrier(), 5);
  for (int step = 0; step < 5; ++step) StepNext(progress);
  for (int step = 0; step < 5; ++step) {
    EXPECT_FALSE(progress.at_barrier());
    StepNext(progress);
  }
  EXPECT_TRUE(progress.at_barrier());
  EXPECT_TRUE(progress.MakesDraw(progress.barrier()));
  progress.Continue();
  EXPECT_EQ(progress.barrier(), 8);
  EXPECT_TRUE(progress.has_ready());
}

TEST(ChainProgressTest, PiecesDoNotDriftApart) {
  ChainProgress progress(96, 1, 0, 0, 1000000);
  for (int turn = 0; turn < 100; ++turn) EXPECT_EQ(StepNext(progress), turn % 3);
}

TEST(ChainProgressTest, ADrawIsMadeAfterBurnInAndEveryThinningSteps) {
  const ChainProgress progress(1, 1, 0, 2, 3);
  for (const std::int64_t step : {0, 1, 2, 3, 4, 6, 7}) EXPECT_FALSE(progress.MakesDraw(step));
  EXPECT_TRUE(progress.MakesDraw(5));
  EXPECT_TRUE(progress.MakesDraw(8));
  EXPECT_EQ(ChainProgress(1, 1, 5, 2, 3).barrier(), 8) << "the draw at 5 is made";
  EXPECT_EQ(ChainProgress(1, 1, 6, 2, 3).barrier(), 8);
}

TEST(ChainProgressTest, ConcludesWhereTheForemostPieceIs) {
  ChainProgress progress(96, 1, 10, 0, 1000);
  StepNext(progress);
  const int in_hand = progress.Take();
  progress.Conclude();
  EXPECT_EQ(progress.barrier(), 11);
  EXPECT_EQ(progress.Take(), 2);
  EXPECT_FALSE(progress.has_ready()) << "the first is there already";
  progress.Stepped(2);
  EXPECT_FALSE(progress.at_barrier());
  progress.Stepped(in_hand);
  EXPECT_TRUE(progress.at_barrier());
}

TEST(ChainProgressTest, ConcludesAtOnceBetweenSteps) {
  ChainProgress progress(96, 1, 10, 0, 1000);
  progress.Conclude();
  EXPECT_TRUE(progress.at_barrier());
  EXPECT_EQ(progress.barrier(), 10);
}

TEST(ChainProgressTest, ConcludesNoLaterThanTheDraw) {
  ChainProgress progress(96, 1, 0, 0, 1);
  const int piece = progress.Take();
  progress.Conclude();
  EXPECT_EQ(progress.barrier(), 1);
  progress.Stepped(piece);
  while (progress.has_ready()) StepNext(progress);
  EXPECT_TRUE(progress.at_barrier());
}

}  // namespace
}  // namespace cae
