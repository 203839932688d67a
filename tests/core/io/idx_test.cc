#include "core/io/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;
using ::cae::testing::StatusIs;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string BigEndian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string Header(unsigned char axes, std::initializer_list<std::uint32_t> sizes) {
  std::string bytes = {0, 0, 8, static_cast<char>(axes)};
  for (const std::uint32_t size : sizes) bytes += BigEndian(size);
  return bytes;
}

const std::string kTwoImages = Header(3, {2, 1, 3}) + std::string("\x00\x33\xff\x01\x02\x03", 6);

TEST(IdxTest, ReadsImagesOneARow) {
  const absl::StatusOr<IdxImages> images = ParseIdxImages(kTwoImages);
  ASSERT_THAT(images, IsOk());
  EXPECT_EQ(images->height, 1);
  EXPECT_EQ(images->width, 3);
  ASSERT_EQ(images->pixels.rows(), 2);
  ASSERT_EQ(images->pixels.cols(), 3);
  EXPECT_EQ(images->pixels(0, 2), 255);
  EXPECT_EQ(images->pixels(1, 0), 1);
}

TEST(IdxTest, ScalesPixelsByExactly255) {
  const absl::StatusOr<IdxImages> images = ParseIdxImages(kTwoImages);
  ASSERT_THAT(images, IsOk());
  const Matrix scaled = images->Scaled();
  EXPECT_EQ(scaled(0, 0), 0.0f);
  EXPECT_EQ(scaled(0, 1), 51 / 255.0f);
  EXPECT_EQ(scaled(0, 2), 1.0f);
}

TEST(IdxTest, ReadsLabels) {
  const absl::StatusOr<std::vector<std::uint8_t>> labels =
      ParseIdxLabels(Header(1, {3}) + std::string("\x07\x00\xff", 3));
  ASSERT_THAT(labels, IsOk());
  EXPECT_THAT(*labels, ElementsAre(7, 0, 255));
  EXPECT_THAT(ParseIdxLabels(Header(1, {0})), IsOk());
}

TEST(IdxTest, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kTwoImages.size(); ++size) {
    EXPECT_THAT(ParseIdxImages(kTwoImages.substr(0, size)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
}

TEST(IdxTest, RefusesBytesLeftOver) {
  EXPECT_THAT(ParseIdxImages(kTwoImages + "x"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("says 2 x 1 x 3 bytes, the file has 7")));
}

TEST(IdxTest, RefusesOtherMagicNumbers) {
  std::string floats = kTwoImages;
  floats[2] = 0x0d;
  EXPECT_THAT(ParseIdxImages(floats),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("magic number 00000d03")));
  EXPECT_THAT(ParseIdxLabels(kTwoImages),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("needed 00000801")));
}

TEST(IdxTest, RefusesSizesThatOverflowWithoutAllocatingThem) {
  for (const auto sizes : {std::initializer_list<std::uint32_t>{0xffffffff, 0xffffffff, 0xffffffff},
                           {0xffffffff, 1, 1},
                           {0, 0xffffffff, 0xffffffff},
                           {0x80000000, 0x80000000, 4},
                           {1, 0, 0},
                           {0xffffffff, 0, 1}}) {
    EXPECT_THAT(ParseIdxImages(Header(3, sizes)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AnyOf(HasSubstr("header says"), HasSubstr("no pixels"))));
  }
}

}  // namespace
}  // namespace cae
