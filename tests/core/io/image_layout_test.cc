#include "core/io/image_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/io/image_grid.h"
#include "core/io/png.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

const Image kGrey{.height = 1, .width = 2, .channels = 1, .pixels = {10, 20}};
const Image kColour{.height = 1, .width = 1, .channels = 3, .pixels = {1, 2, 3}};

TEST(ImageLayoutTest, EnlargesPixelsToSquares) {
  const auto large = Enlarge(kGrey, 2);
  ASSERT_THAT(large, IsOk());
  EXPECT_EQ(large->height, 2);
  EXPECT_EQ(large->width, 4);
  EXPECT_THAT(large->pixels, ElementsAre(10, 10, 20, 20, 10, 10, 20, 20));
  EXPECT_THAT(Enlarge(kColour, 2)->pixels, ElementsAre(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3));
}

TEST(ImageLayoutTest, RefusesToEnlargeBeyondTheLimit) {
  for (const Index factor : {Index{0}, Index{-1}, Index{1} << 20, Index{1} << 62}) {
    EXPECT_THAT(Enlarge(kGrey, factor), StatusIs(absl::StatusCode::kInvalidArgument)) << factor;
  }
}

TEST(ImageLayoutTest, LaysGreyBesideColour) {
  const auto both = Beside(kGrey, 1, kColour);
  ASSERT_THAT(both, IsOk());
  EXPECT_EQ(both->width, 4);
  EXPECT_THAT(both->pixels, ElementsAre(10, 10, 10, 20, 20, 20, 128, 128, 128, 1, 2, 3));
  EXPECT_THAT(Beside(kGrey, 0, kGrey)->pixels, ElementsAre(10, 20, 10, 20));
}

TEST(ImageLayoutTest, RefusesHeightsThatDiffer) {
  EXPECT_THAT(Beside(kGrey, 0, Enlarge(kGrey, 2).value()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ImageLayoutTest, CutsWhatTheGridPutTogether) {
  Matrix rows(6, 6);
  for (Index i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<float>(i) / 255;
  for (const Index separator : {0, 1, 3}) {
    const auto grid = GreyImageGrid(
        rows, {.image_height = 2, .image_width = 3, .columns = 3, .separator = separator});
    ASSERT_THAT(grid, IsOk());
    const auto tiles = CutTiles(*grid, {.rows = 2, .columns = 3}, 2, 3);
    ASSERT_THAT(tiles, IsOk()) << separator;
    ASSERT_EQ(tiles->rows(), 6);
    for (Index i = 0; i < tiles->size(); ++i) EXPECT_EQ(tiles->data()[i], i) << separator;
  }
}

TEST(ImageLayoutTest, CutsASingleRowAndASingleImage) {
  EXPECT_EQ(CutTiles(kGrey, {.rows = 1, .columns = 2}, 1, 1).value()(1, 0), 20);
  EXPECT_EQ(CutTiles(kGrey, {}, 1, 2).value()(0, 1), 20);
}

TEST(ImageLayoutTest, RefusesTilesThatDoNotFillTheImage) {
  const Image image{.height = 5, .width = 7, .channels = 1, .pixels = std::vector<uint8_t>(35)};
  const TileGrid wrong[] = {{1, 1}, {2, 2}, {2, 4}, {0, 2}, {-1, -1}, {Index{1} << 62, 4}};
  for (const TileGrid& grid : wrong) {
    EXPECT_THAT(CutTiles(image, grid, 2, 2),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("5 x 7 pixels")))
        << grid.rows << " x " << grid.columns;
  }
  // Lines of 1 pixel down, of 0 pixels across.
  EXPECT_FALSE(CutTiles(image, {2, 7}, 2, 1).ok());
}

}  // namespace
}  // namespace cae
