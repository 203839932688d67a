#include "core/io/image_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;
using ::cae::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint8_t kGrey = 128;

TEST(GreyImageGridTest, FillsRowsThenColumnsWithSeparatorsBetween) {
  Matrix images(3, 2);  // three images of 1 x 2
  images << 0, 1, 1, 0, 0.2f, 0.4f;
  const absl::StatusOr<Image> grid =
      GreyImageGrid(images, {.image_height = 1, .image_width = 2, .columns = 2});
  ASSERT_THAT(grid, IsOk());
  EXPECT_EQ(grid->height, 3);
  EXPECT_EQ(grid->width, 5);
  EXPECT_EQ(grid->channels, 1);
  EXPECT_THAT(grid->pixels, ElementsAre(0, 255, kGrey, 255, 0,              //
                                        kGrey, kGrey, kGrey, kGrey, kGrey,  //
                                        51, 102, kGrey, kGrey, kGrey));
}

TEST(GreyImageGridTest, ClampsAndPaintsNanBlack) {
  Matrix images(1, 4);
  images << -3, 7, std::nanf(""), kInfinity;
  const absl::StatusOr<Image> grid = GreyImageGrid(images, {.image_height = 2, .image_width = 2});
  ASSERT_THAT(grid, IsOk());
  EXPECT_THAT(grid->pixels, ElementsAre(0, 255, 0, 255));
}

TEST(GreyImageGridTest, IsAsSquareAsItGoesWithoutColumns) {
  const Matrix images = Matrix::Zero(10, 6);
  const absl::StatusOr<Image> grid =
      GreyImageGrid(images, {.image_height = 3, .image_width = 2, .separator = 2});
  ASSERT_THAT(grid, IsOk());
  EXPECT_EQ(grid->width, 4 * 2 + 3 * 2);
  EXPECT_EQ(grid->height, 3 * 3 + 2 * 2);
}

TEST(GreyImageGridTest, NeedsNoMoreColumnsThanImages) {
  const Matrix images = Matrix::Zero(2, 1);
  const absl::StatusOr<Image> grid =
      GreyImageGrid(images, {.image_height = 1, .image_width = 1, .columns = 100, .separator = 0});
  ASSERT_THAT(grid, IsOk());
  EXPECT_EQ(grid->width, 2);
  EXPECT_EQ(grid->height, 1);
}

TEST(GreyImageGridTest, RefusesShapesThatDoNotFit) {
  const Matrix images = Matrix::Zero(2, 6);
  EXPECT_THAT(GreyImageGrid(images, {.image_height = 2, .image_width = 2}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("2 x 2 pixels takes 4 elements, a row has 6")));
  EXPECT_THAT(GreyImageGrid(images, {.image_height = -2, .image_width = -3}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      GreyImageGrid(images, {.image_height = Index{1} << 62, .image_width = Index{1} << 62}),
      StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(GreyImageGrid(images, {.image_height = 2, .image_width = 3, .columns = -1}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const Matrix none(0, 6);
  EXPECT_THAT(GreyImageGrid(none, {.image_height = 2, .image_width = 3}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at least one image")));
}

TEST(GreyImageGridTest, RefusesGridsLargerThanAPng) {
  const Matrix images = Matrix::Zero(4, 1);
  EXPECT_THAT(GreyImageGrid(images, {.image_height = 1, .image_width = 1, .separator = 10'000}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("show fewer rows")));
}

std::array<int, 3> Pixel(const Image& image, Index index) {
  const std::uint8_t* pixel = image.pixels.data() + index * 3;
  return {pixel[0], pixel[1], pixel[2]};
}

TEST(SignedImageGridTest, PaintsPositiveRedNegativeBlueZeroWhite) {
  Matrix images(1, 5);
  images << 2, -2, 0, 1, -1;
  const absl::StatusOr<Image> grid = SignedImageGrid(images, {.image_height = 1, .image_width = 5});
  ASSERT_THAT(grid, IsOk());
  ASSERT_EQ(grid->channels, 3);
  EXPECT_THAT(Pixel(*grid, 0), ElementsAre(255, 0, 0));
  EXPECT_THAT(Pixel(*grid, 1), ElementsAre(0, 0, 255));
  EXPECT_THAT(Pixel(*grid, 2), ElementsAre(255, 255, 255));
  EXPECT_THAT(Pixel(*grid, 3), ElementsAre(255, 128, 128));
  EXPECT_THAT(Pixel(*grid, 4), ElementsAre(128, 128, 255));
}

TEST(SignedImageGridTest, ScalesEachImageByItself) {
  Matrix images(3, 1);
  images << 1e-20f, -1e20f, 0;
  const absl::StatusOr<Image> grid =
      SignedImageGrid(images, {.image_height = 1, .image_width = 1, .columns = 3, .separator = 0});
  ASSERT_THAT(grid, IsOk());
  EXPECT_THAT(Pixel(*grid, 0), ElementsAre(255, 0, 0));
  EXPECT_THAT(Pixel(*grid, 1), ElementsAre(0, 0, 255));
  EXPECT_THAT(Pixel(*grid, 2), ElementsAre(255, 255, 255));
}

TEST(SignedImageGridTest, PaintsWhatIsNotFinite) {
  Matrix images(1, 3);
  images << std::nanf(""), kInfinity, 1;
  const absl::StatusOr<Image> grid = SignedImageGrid(images, {.image_height = 1, .image_width = 3});
  ASSERT_THAT(grid, IsOk());
  EXPECT_THAT(Pixel(*grid, 0), ElementsAre(0, 0, 0));
  EXPECT_THAT(Pixel(*grid, 1), ElementsAre(255, 0, 0));
  EXPECT_THAT(Pixel(*grid, 2), ElementsAre(255, 0, 0)) << "infinities do not set the scale";
}

}  // namespace
}  // namespace cae
